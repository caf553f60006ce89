"""A state machine's tasks run with its role's permissions.

MiniStack calls the services for a task directly, past its IAM check, so that a role
which lacks a permission, or does not trust Step Functions at all, would go unnoticed.
"""

import contextvars
import json
import re
from collections.abc import Callable
from typing import Any

import ministack.services.stepfunctions as stepfunctions
from ministack.core.iam_actions import SERVICE_TO_IAM_NAMESPACE, extract_resource_arn, identity_denial_message
from ministack.core.responses import get_account_id, get_region

from local_aws import ministack_names as names
from local_aws.fidelity.role_permissions import UNKNOWN_RESOURCE, is_allowed, is_assumable

_role: contextvars.ContextVar[str] = contextvars.ContextVar("state_machine_role", default="")
INTEGRATION = re.compile(r"arn:aws:states:::(?P<sdk>aws-sdk:)?(?P<service>[a-z0-9]+):(?P<operation>[A-Za-z0-9]+)")
# The names Step Functions has for services whose IAM prefix is another one.
_PREFIXES = {
    "bedrockruntime": "bedrock", "cloudwatchlogs": "logs", "eventbridge": "events",
    "resourcegroupstaggingapi": "tag", "sesv2": "ses", "sfn": "states",
}  # fmt: skip
# Operations whose permission has another name.
_PERMISSIONS = {"lambda:Invoke": "lambda:InvokeFunction", "bedrock:Converse": "bedrock:InvokeModel"}


def install() -> None:
    names.STATES_EXECUTE_TASK.wrap(_remembering_role)
    names.STATES_INVOKE_RESOURCE.wrap(_enforcing_role)


def current_role() -> str:
    """ARN of the role of the state machine whose task is running; empty where none is."""
    return _role.get()


def _remembering_role(original: Callable) -> Callable:
    def execute_task(state_def, raw_input, execution, ctx):
        machine = stepfunctions._state_machines.get((execution or {}).get("stateMachineArn", ""), {})
        token = _role.set(machine.get("roleArn", ""))
        try:
            return original(state_def, raw_input, execution, ctx)
        finally:
            _role.reset(token)

    return execute_task


def _enforcing_role(original: Callable) -> Callable:
    def invoke_resource(resource: str, input_data: Any) -> Any:
        match = INTEGRATION.match(resource)
        if _role.get() and match:
            _check(_role.get(), match["service"], match["operation"], bool(match["sdk"]), input_data)
        return original(resource, input_data)

    return invoke_resource


def _check(role_arn: str, service: str, operation: str, is_sdk: bool, input_data: Any) -> None:
    if not is_assumable(role_arn, "states.amazonaws.com"):
        raise stepfunctions._ExecutionError(
            "States.Permissions",
            "Neither the global service principal states.amazonaws.com, nor the regional one is authorized "
            f"to assume the provided role {role_arn}.",
        )
    action, resource_arn = action_and_resource(service, operation, input_data)
    if not is_allowed(role_arn, action, resource_arn):
        session = f"arn:aws:sts::{get_account_id()}:assumed-role/{role_arn.rsplit('/', 1)[-1]}/StepFunctions"
        raise stepfunctions._ExecutionError(
            _error_name(service, is_sdk), identity_denial_message(action, session, resource_arn, False)
        )


def action_and_resource(service: str, operation: str, input_data: Any) -> tuple[str, str]:
    data = input_data if isinstance(input_data, dict) else {}
    account, region = get_account_id(), get_region()
    prefix = _PREFIXES.get(service) or SERVICE_TO_IAM_NAMESPACE.get(service, service)
    action_name = operation[:1].upper() + operation[1:]
    action = _PERMISSIONS.get(f"{prefix}:{action_name}", f"{prefix}:{action_name}")
    if prefix == "lambda":
        function = data.get("FunctionName", "")
        return action, function if function.startswith("arn:") else f"arn:aws:lambda:{region}:{account}:function:{function}"
    if prefix == "states":
        return action, next((data[key] for key in ("StateMachineArn", "stateMachineArn") if key in data), UNKNOWN_RESOURCE)
    if prefix == "events":
        bus = data.get("Entries", [{}])[0].get("EventBusName", "default")
        return action, bus if bus.startswith("arn:") else f"arn:aws:events:{region}:{account}:event-bus/{bus}"
    resource = extract_resource_arn(
        prefix, "POST", "/", {"x-amz-target": f"x.{action_name}", "content-type": "application/x-amz-json-1.1"},
        json.dumps(data).encode(), {key: [str(value)] for key, value in data.items()}, region, account,
    )  # fmt: skip
    return action, resource


def _error_name(service: str, is_sdk: bool) -> str:
    if service == "lambda" and not is_sdk:
        return "Lambda.AWSLambdaException"
    title = service[:1].upper() + service[1:]
    return f"{title}.{title}Exception"
