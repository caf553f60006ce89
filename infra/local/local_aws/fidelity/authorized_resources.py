"""Each call is authorised on the resource AWS authorises it on.

For several services MiniStack checks against `*`, a cluster for its services, a parameter
with a version in its name or a key's alias, so that a policy scoped to one resource, right on
AWS, would be a denial here. A call that names several resources is checked on the first one only.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import ministack.services.kms as kms

from local_aws import ministack_names as names
from local_aws.bedrock.authorization import model_resources

_MODEL_ACTIONS = {
    "bedrock:Converse": "bedrock:InvokeModel",
    "bedrock:ConverseStream": "bedrock:InvokeModelWithResponseStream",
}
_ALIAS_MANAGEMENT = frozenset({"CreateAlias", "UpdateAlias", "DeleteAlias"})
_LOG_TAGGING = frozenset({"TagResource", "UntagResource", "ListTagsForResource"})


def install() -> None:
    names.EXTRACT_IAM_ACTION.wrap(_with_model_actions)
    names.EXTRACT_RESOURCE_ARN.wrap(_with_resources)


def _with_model_actions(original: Callable[..., str | None]) -> Callable[..., str | None]:
    def extract_iam_action(*arguments):
        action = original(*arguments)
        return _MODEL_ACTIONS.get(action, action)

    return extract_iam_action


def _with_resources(original: Callable[..., str]) -> Callable[..., str]:
    def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
        found = original(service, method, path, headers, body, query_params, region, account_id)
        operation = headers.get("x-amz-target", "").rpartition(".")[2] or path.rpartition("/")[2]
        request = _Request(service, operation, path, _json(body), query_params, f"{region}:{account_id}")
        return _SERVICES[service](request, found) if service in _SERVICES else found

    return extract_resource_arn


class _Request:
    def __init__(self, service: str, operation: str, path: str, data: dict, query: dict, place: str):
        self.operation, self.path, self.data, self.query = operation, path, data, query
        self.region, _, self.account = place.partition(":")
        self._place = place

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self._place}:{resource}"

    def value(self, *names: str) -> Any:
        """The first of these members the request has, from JSON or form."""
        for name in names:
            found = self.data.get(name) or self.query.get(name)
            if found:
                return found[0] if isinstance(found, list) else found
        return None


def _json(body: bytes) -> dict:
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _parameter(request: _Request, found: str) -> str:
    if request.operation in ("GetParameter", "GetParameters", "GetParametersByPath", "DeleteParameters"):
        name = request.value("Name", "Names", "Path") or ""
        if name and not name.startswith("arn:"):
            return request.arn("ssm", f"parameter/{name.partition(':')[0].strip('/')}")
    return found


def _ecs(request: _Request, found: str) -> str:
    cluster = (request.value("cluster") or "default").rpartition("/")[2]
    if request.operation in ("CreateService", "UpdateService", "DeleteService", "DescribeServices"):
        kind, named = "service", request.value("service", "serviceName", "services")
    elif request.operation in ("DescribeTasks", "StopTask"):
        kind, named = "task", request.value("task", "tasks")
    else:
        return found
    if not named:
        return found
    return named if named.startswith("arn:") else request.arn("ecs", f"{kind}/{cluster}/{named}")


def _alarm(request: _Request, found: str) -> str:
    if request.operation in ("DescribeAlarms", "DescribeAlarmHistory", "SetAlarmState", "PutMetricAlarm"):
        return request.arn("cloudwatch", f"alarm:{request.value('AlarmName') or '*'}")
    return found


def _function(request: _Request, found: str) -> str:
    qualifier = request.value("Qualifier")
    if qualifier and request.path.endswith("/invocations"):
        return f"{found}:{qualifier}"
    return found


def _log_group(request: _Request, found: str) -> str:
    if ":log-group:" in found and not found.endswith(":*") and request.operation not in _LOG_TAGGING:
        return f"{found}:*"
    return found


def _key(request: _Request, found: str) -> str:
    """Who uses a key by its alias needs the permission on the key."""
    if ":alias/" in found and request.operation not in _ALIAS_MANAGEMENT:
        key = kms._resolve_key(found)
        return key["Arn"] if key else found
    return found


def _model(request: _Request, found: str) -> str:
    parts = request.path.split("/")
    if len(parts) < 4 or parts[1] != "model":
        return found
    return model_resources(unquote("/".join(parts[2:-1])), request.region, request.account)[0]


_SERVICES: dict[str, Callable[[_Request, str], str]] = {
    "bedrock-runtime": _model,
    "ecs": _ecs,
    "kms": _key,
    "lambda": _function,
    "logs": _log_group,
    "monitoring": _alarm,
    "ssm": _parameter,
}
