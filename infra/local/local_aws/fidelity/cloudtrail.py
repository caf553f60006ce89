"""CloudTrail records as CloudTrail writes them.

MiniStack's own name every caller an IAM user called like his access key, call
UpdateAlias ListAliases and StopInstances POST.ec2, and know no failed or denied call.
"""

import time
from collections.abc import Callable
from typing import Any

import ministack.app as app
from ministack.core.iam_actions import extract_iam_action
from ministack.core.responses import get_account_id, new_uuid
from ministack.core.router import detect_service, extract_access_key_id, extract_region
from ministack.services import cloudtrail

from local_aws import ministack_names as names
from local_aws.fidelity import cloudtrail_record

# Data events: LookupEvents has management events only.
_DATA_EVENTS = frozenset(
    {
        "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:GetItem",
        "dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:TransactGetItems",
        "dynamodb:TransactWriteItems", "dynamodb:UpdateItem", "events:PutEvents", "kinesis:GetRecords",
        "kinesis:PutRecord", "kinesis:PutRecords", "lambda:InvokeFunction", "logs:PutLogEvents",
        "cloudwatch:GetMetricData", "cloudwatch:PutMetricData", "s3:DeleteObject", "s3:GetObject",
        "s3:PutObject", "sns:Publish", "sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage",
        "xray:GetServiceGraph", "xray:PutTraceSegments",
    }
)  # fmt: skip


def install() -> None:
    names.MAYBE_RECORD_CLOUDTRAIL.replace(lambda *_arguments: None)
    names.DISPATCH_SERVICE_REQUEST.wrap(_recording)


def _recording(original: Callable) -> Callable:
    async def dispatch(method, path, headers, body, query_params, request_id):
        response = await original(method, path, headers, body, query_params, request_id)
        try:
            _record(method, path, headers, body, query_params, request_id, response)
        except Exception:  # A call that cannot be described has been made nevertheless.
            app.logger.exception("cloudtrail: %s %s was not recorded", method, path)
        return response

    return dispatch


def _record(method, path, headers, body, query_params, request_id, response) -> None:
    routing = app._routing_params(method, path, headers, body, query_params)
    service = detect_service(method, path, headers, routing)
    action = extract_iam_action(service, method, path, headers, body, routing)
    if service == "cloudtrail" or action is None or action in _DATA_EVENTS:
        return
    status, _, response_body = response[0], response[1], response[2]
    event = cloudtrail_record.Call(
        service=service,
        operation=action.partition(":")[2],
        path=path,
        body=body,
        form=routing,
        access_key_id=extract_access_key_id(headers, query_params) or "",
        region=extract_region(headers),
        user_agent=headers.get("user-agent", ""),
        request_id=request_id,
        error=cloudtrail_record.error_of(status, response_body),
        answer=response_body if isinstance(response_body, bytes) else str(response_body).encode(),
    )
    cloudtrail._get_event_queue().append(_entry(event))


def _entry(call: cloudtrail_record.Call) -> dict[str, Any]:
    return cloudtrail_record.entry(call, account=get_account_id(), event_id=new_uuid(), now=time.time())
