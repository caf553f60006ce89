"""Tells X-Ray of a call, and of the calls made for it: what X-Ray's SDK does, in as much as petshop needs of it."""

import json
import secrets
import time
from contextlib import contextmanager

import boto3

ALIAS = "live"
xray = boto3.client("xray")
functions = boto3.client("lambda")


class DependencyFailed(Exception):
    pass


class Segment:
    """One call of a function, sent when it ends. The caller's trace comes in the event: an Invoke has no headers."""

    def __init__(self, event, context):
        header = dict(part.split("=", 1) for part in event.get("trace", "").split(";") if part)
        trace_id = header.get("Root") or f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
        parent = {"parent_id": header["Parent"]} if "Parent" in header else {}
        arn = {"aws": {"function_arn": context.invoked_function_arn}}
        self._document = _begun(context.function_name) | {"trace_id": trace_id} | parent | arn
        self._document |= {"origin": "AWS::Lambda::Function", "subsegments": []}

    def __enter__(self):
        return self

    def __exit__(self, error_type, *_):
        _end(self._document, error_type)
        xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(self._document)])

    @contextmanager
    def calls(self, service, **aws):
        """A subsegment for a call of an AWS service; gives the trace to send along."""
        subsegment = _begun(service) | {"namespace": "aws", "aws": aws}
        self._document["subsegments"].append(subsegment)
        error_type = None
        try:
            yield f"Root={self._document['trace_id']};Parent={subsegment['id']};Sampled=1"
        except Exception as error:
            error_type = type(error)
            raise
        finally:
            _end(subsegment, error_type)

    def invoke(self, function, event):
        """Returns the called function's answer; raises if the function fails."""
        with self.calls("Lambda", operation="Invoke", function_name=function) as trace:
            payload = json.dumps({**event, "trace": trace})
            answer = functions.invoke(FunctionName=function, Qualifier=ALIAS, Payload=payload)
            result = json.load(answer["Payload"])
            if "FunctionError" in answer:
                raise DependencyFailed(f"{function} failed with {result.get('errorType')}")
            return result


def _begun(name):
    return {"name": name, "id": secrets.token_hex(8), "start_time": time.time()}


def _end(document, error_type):
    document["end_time"] = time.time()
    if error_type is not None:
        document["fault"] = True
        document["cause"] = {"exceptions": [{"id": secrets.token_hex(8), "type": error_type.__name__}]}
