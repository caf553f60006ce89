"""One API call as a CloudTrail record."""

import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import botocore.session
from botocore.exceptions import UnknownServiceError
from ministack.core.iam_evaluator import resolve_caller_identity
from ministack.services import iam

_MODELS = botocore.session.get_session()
# Lambda's operations carry their API version in CloudTrail.
_LAMBDA_VERSIONS = {
    "AddPermission": "20150331v2", "CreateAlias": "20150331", "CreateFunction": "20150331",
    "DeleteAlias": "20150331", "DeleteFunction": "20150331", "GetAlias": "20150331",
    "GetFunction": "20150331v2", "GetFunctionConfiguration": "20150331v2", "ListFunctions": "20150331",
    "PublishVersion": "20150331", "PutFunctionConcurrency": "20171031", "TagResource": "20170331v2",
    "UpdateAlias": "20150331", "UpdateFunctionCode": "20150331v2", "UpdateFunctionConfiguration": "20150331v2",
}  # fmt: skip
# Asking a model changes nothing, and is of the service without its endpoint's name.
# https://docs.aws.amazon.com/bedrock/latest/userguide/logging-using-cloudtrail.html
_READING = (
    "Get", "List", "Describe", "Head", "Lookup", "BatchGet", "Filter", "Query", "Search", "Converse", "InvokeModel",
)  # fmt: skip
# So does using a key; what it was used on is left out.
# https://docs.aws.amazon.com/kms/latest/developerguide/ct-sign.html
_READING_CALLS = frozenset({("kms", "Sign"), ("kms", "Verify")})
_LEFT_OUT = frozenset({("kms", "message"), ("kms", "signature")})
_SOURCES = {"bedrock-runtime": "bedrock"}
# The answers that records keep and that something is concluded from: a parameter's first version was none before.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-cloudtrail-logs.html
_ANSWERS_KEPT = {("ssm", "PutParameter"): ("Version", "Tier")}
_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
_SECRET_MEMBERS = frozenset({"value", "secretString", "secretBinary", "password", "masterUserPassword"})


@dataclass(frozen=True)
class Call:
    service: str
    operation: str
    path: str
    body: bytes
    form: dict[str, Any]
    access_key_id: str
    region: str
    user_agent: str
    request_id: str
    error: tuple[str, str] | None
    answer: bytes = b""


def entry(call: Call, *, account: str, event_id: str, now: float) -> dict[str, Any]:
    """The record as LookupEvents lists it."""
    identity, user_name = _user_identity(call.access_key_id, account)
    reads = call.operation.startswith(_READING) or (call.service, call.operation) in _READING_CALLS
    name = call.operation + (_LAMBDA_VERSIONS.get(call.operation, "") if call.service == "lambda" else "")
    parameters = _request_parameters(call)
    event = {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "eventSource": f"{_SOURCES.get(call.service, call.service)}.amazonaws.com",
        "eventName": name,
        "awsRegion": call.region,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": call.user_agent,
        "requestParameters": parameters or None,
        "responseElements": _response_elements(call),
        "requestID": call.request_id,
        "eventID": event_id,
        "readOnly": reads,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }
    if call.error is not None:
        event["errorCode"], event["errorMessage"] = call.error
    return {
        "EventId": event_id,
        "EventName": name,
        "EventSource": event["eventSource"],
        "EventTime": now,
        "Username": user_name,
        "AccessKeyId": call.access_key_id,
        "ReadOnly": "true" if reads else "false",
        "Resources": _resources(call.service, parameters),
        "CloudTrailEvent": json.dumps(event),
    }


def error_of(status: int, body: Any) -> tuple[str, str] | None:
    """Code and message of a failed call, from JSON or XML."""
    if status < 400:
        return None
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    try:
        parsed = json.loads(text)
        code = str(parsed.get("__type") or parsed.get("Type") or status).rpartition("#")[2]
        return code, str(parsed.get("message") or parsed.get("Message") or "")
    except (ValueError, AttributeError):
        code = re.search(r"<Code>(.*?)</Code>", text)
        message = re.search(r"<Message>(.*?)</Message>", text, re.DOTALL)
        return (code[1] if code else str(status)), (message[1] if message else "")


def _user_identity(access_key_id: str, account: str) -> tuple[dict[str, Any], str]:
    caller = resolve_caller_identity(access_key_id)
    if caller is None:
        return {"type": "Unknown", "accountId": account, "accessKeyId": access_key_id}, ""
    arn = caller["userArn"]
    identity = {"principalId": caller["userId"], "arn": arn, "accountId": account, "accessKeyId": access_key_id}
    if arn.endswith(":root"):
        return {"type": "Root"} | identity, "root"
    if ":assumed-role/" not in arn:
        user_name = arn.rsplit("/", 1)[-1]
        return {"type": "IAMUser"} | identity | {"userName": user_name}, user_name
    role_name, _, session_name = arn.partition(":assumed-role/")[2].partition("/")
    role = iam._roles.get(role_name) or {}
    issuer = {
        "type": "Role",
        "principalId": role.get("RoleId", ""),
        "arn": role.get("Arn", f"arn:aws:iam::{account}:role/{role_name}"),
        "accountId": account,
        "userName": role_name,
    }
    context = {"sessionIssuer": issuer, "attributes": {"mfaAuthenticated": "false"}}
    return {"type": "AssumedRole"} | identity | {"sessionContext": context}, session_name


def _request_parameters(call: Call) -> dict[str, Any]:
    parameters = _from_path(call) | _from_body(call)
    lowered = {key[:1].lower() + key[1:]: value for key, value in parameters.items()}
    told = {key: value for key, value in lowered.items() if (call.service, key) not in _LEFT_OUT}
    return {key: _HIDDEN if key in _SECRET_MEMBERS else value for key, value in told.items()}


def _response_elements(call: Call) -> dict[str, Any] | None:
    kept = _ANSWERS_KEPT.get((call.service, call.operation), ())
    if call.error is not None or not kept:
        return None
    answer = json.loads(call.answer)
    return {key[:1].lower() + key[1:]: answer[key] for key in kept if key in answer}


def _from_path(call: Call) -> dict[str, str]:
    """The values of `{FunctionName}` and the like in a REST operation's path."""
    try:
        model = _MODELS.get_service_model(call.service)
    except UnknownServiceError:
        return {}
    if call.operation not in model.operation_names:
        return {}
    template = model.operation_model(call.operation).http["requestUri"].partition("?")[0]
    names = re.findall(r"\{(\w+)\+?\}", template)
    pattern = re.sub(r"\\\{\w+(\\\+)?\\\}", lambda found: "(.+)" if found[1] else "([^/]+)", re.escape(template))
    match = re.fullmatch(pattern, call.path)
    return {name: unquote(value) for name, value in zip(names, match.groups(), strict=True)} if match else {}


def _from_body(call: Call) -> dict[str, Any]:
    try:
        parsed = json.loads(call.body)
        return parsed if isinstance(parsed, dict) else {}
    except ValueError:
        pass
    flat = {key: values[0] if isinstance(values, list) else values for key, values in call.form.items()}
    flat = {key: value for key, value in flat.items() if key not in ("Action", "Version")}
    instances = [flat.pop(key) for key in sorted(flat) if re.fullmatch(r"InstanceId\.\d+", key)]
    if instances:
        flat["instancesSet"] = {"items": [{"instanceId": instance} for instance in instances]}
    return flat


def _resources(service: str, parameters: dict[str, Any]) -> list[dict[str, str]]:
    if service == "ec2":
        items = parameters.get("instancesSet", {}).get("items", [])
        return [{"ResourceType": "AWS::EC2::Instance", "ResourceName": item["instanceId"]} for item in items]
    for key, owner, kind in (
        ("functionName", "lambda", "AWS::Lambda::Function"),
        ("tableName", "dynamodb", "AWS::DynamoDB::Table"),
        ("roleName", "iam", "AWS::IAM::Role"),
    ):
        if service == owner and key in parameters:
            return [{"ResourceType": kind, "ResourceName": parameters[key]}]
    return []
