"""Lets calls meet their faults: those over the port, and those that Step Functions makes for a task."""

import asyncio
import json
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import ministack.app as app
import ministack.services.stepfunctions as stepfunctions
from ministack.core.iam_actions import extract_iam_action, extract_resource_arn
from ministack.core.iam_evaluator import request_caller_arn
from ministack.core.responses import get_account_id
from ministack.core.router import detect_service, extract_region

from local_aws import ministack_names as names
from local_aws.faults import rules
from local_aws.faults.answers import answer
from local_aws.faults.process import kill_the_caller
from local_aws.faults.rules import Call, Fault
from local_aws.fidelity.state_machine_roles import INTEGRATION, action_and_resource, current_role

_client_port: ContextVar[int] = ContextVar("client_port", default=0)
# As Step Functions begins the names of a service's errors.
_ERROR_PREFIXES = {"lambda": "Lambda", "sqs": "SQS", "sns": "SNS", "states": "StepFunctions", "dynamodb": "DynamoDB"}


def install() -> None:
    """Before the corrections, so that the trail and the waiting tasks learn of the failure."""
    names.APP.wrap(_with_client_port)
    names.DISPATCH_SERVICE_REQUEST.wrap(_meeting_faults)
    names.STATES_CALL_LAMBDA.wrap(_of_a_function)
    names.STATES_INVOKE_RESOURCE.wrap(_of_a_service)


def _with_client_port(original: Callable) -> Callable:
    async def application(scope, receive, send):
        _client_port.set((scope.get("client") or ("", 0))[1])
        await original(scope, receive, send)

    return application


def _meeting_faults(original: Callable) -> Callable:
    async def dispatch(method, path, headers, body, query_params, request_id):
        arguments = (method, path, headers, body, query_params)
        service, call = _call(*arguments) if rules.are_any() else ("", None)
        fault = rules.fault_for(call) if call else None
        if fault is None:
            return await original(*arguments, request_id)
        await asyncio.sleep(fault.delay_seconds)
        if fault.is_after:
            response = await original(*arguments, request_id)
        if fault.kills:
            await asyncio.to_thread(kill_the_caller, _client_port.get())
        if fault.error or fault.kills:
            return answer(fault, service, headers)
        return response if fault.is_after else await original(*arguments, request_id)

    return dispatch


def _call(method, path, headers, body, query_params) -> tuple[str, Call | None]:
    routing = app._routing_params(method, path, headers, body, query_params)
    service = detect_service(method, path, headers, routing)
    action = extract_iam_action(service, method, path, headers, body, routing)
    if action is None:
        return service, None
    resource = extract_resource_arn(
        service, method, path, headers, body, routing, extract_region(headers), get_account_id()
    )
    caller = request_caller_arn(headers, query_params) or ""
    return service, Call(action, caller, body.decode(errors="replace"), str(resource))


def _of_a_function(original: Callable) -> Callable:
    def call_lambda(func_ref, event):
        call = Call("lambda:InvokeFunction", current_role(), json.dumps(event, default=str), str(func_ref))
        return _task(call, lambda: original(func_ref, event))

    return call_lambda


def _of_a_service(original: Callable) -> Callable:
    def invoke_resource(resource: str, input_data: Any) -> Any:
        match = INTEGRATION.match(resource)
        if match is None or match["service"] == "lambda":
            return original(resource, input_data)
        action, arn = action_and_resource(match["service"], match["operation"], input_data)
        call = Call(action, current_role(), json.dumps(input_data, default=str), arn)
        return _task(call, lambda: original(resource, input_data))

    return invoke_resource


def _task(call: Call, make: Callable[[], Any]) -> Any:
    fault = rules.fault_for(call)
    if fault is None:
        return make()
    time.sleep(fault.delay_seconds)
    result = make() if fault.is_after else None
    if fault.error:
        raise stepfunctions._ExecutionError(_error_name(call.action, fault), fault.message)
    return result if fault.is_after else make()


def _error_name(action: str, fault: Fault) -> str:
    """A name with a dot is one already, such as `Runtime.ExitError`."""
    name = str(fault.error)
    prefix = action.partition(":")[0]
    return name if "." in name else f"{_ERROR_PREFIXES.get(prefix, prefix.capitalize())}.{name}"
