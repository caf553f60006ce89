"""An error as a service of the request's protocol answers it."""

import json
from uuid import uuid4
from xml.sax.saxutils import escape

import cbor2

from local_aws.faults.rules import Fault

Answer = tuple[int, dict[str, str], bytes]

_STATUS = {"TooManyRequestsException": 429, "ServiceUnavailable": 503, "ServiceUnavailableException": 503}


def status_of(fault: Fault) -> int:
    if fault.status is not None:
        return fault.status
    if fault.error in _STATUS:
        return _STATUS[fault.error]
    return 500 if fault.error and fault.error.startswith(("Internal", "ServiceException")) else 400


def answer(fault: Fault, service: str, headers: dict[str, str]) -> Answer:
    status, request_id = status_of(fault), str(uuid4())
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        body = cbor2.dumps({"__type": fault.error, "message": fault.message})
        return status, {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, body
    if "x-www-form-urlencoded" in headers.get("content-type", "") or service == "s3":
        code, message = escape(fault.error or ""), escape(fault.message)
        error = f"<Code>{code}</Code><Message>{message}</Message>"
        if service == "ec2":
            xml = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        elif service == "s3":
            xml = f"<Error>{error}<RequestId>{request_id}</RequestId></Error>"
        else:
            kind = "Sender" if status < 500 else "Receiver"
            xml = f"<ErrorResponse><Error><Type>{kind}</Type>{error}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        return status, {"Content-Type": "text/xml", "x-amzn-requestid": request_id}, xml.encode()
    body = json.dumps({"__type": fault.error, "message": fault.message}).encode()
    kind = headers.get("content-type") or "application/json"
    return status, {"Content-Type": kind, "x-amzn-errortype": fault.error or "", "x-amzn-requestid": request_id}, body
