"""A function at its reserved concurrency throttles, whoever calls it, and also when a template set the limit.

MiniStack answers Invoke as AWS does, but a state machine's task fails with `Lambda.Unknown`, which nobody retries, and
CloudFormation loses the limit.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
"""

import json
from collections.abc import Callable

import ministack.services.lambda_svc as functions
import ministack.services.stepfunctions as stepfunctions

from local_aws import ministack_names as names

_LIMIT = "ReservedConcurrentExecutions"
_THROTTLED = "TooManyRequestsException"


def install() -> None:
    """Before `step_functions`, which lets a task that waits for its token know."""
    names.STATES_CALL_LAMBDA.wrap(_naming_the_throttle)
    names.PROVISION_FUNCTION.wrap(_with_limit)


def _naming_the_throttle(original: Callable) -> Callable:
    def call_lambda(func_ref, event):
        try:
            return original(func_ref, event)
        except stepfunctions._ExecutionError as error:
            if error.error != "Lambda.Unknown" or _THROTTLED not in error.cause:
                raise
            reason = json.loads(error.cause)["Reason"]
            cause = f"Rate Exceeded. (Service: Lambda, Status Code: 429, Reason: {reason})"
            raise stepfunctions._ExecutionError(f"Lambda.{_THROTTLED}", cause) from None

    return call_lambda


def _with_limit(handlers: dict[str, Callable]) -> dict[str, Callable]:
    def create(logical_id, properties, stack_name):
        name, attributes = handlers["create"](logical_id, properties, stack_name)
        _limit(name, properties)
        return name, attributes

    def update(physical_id, old_properties, new_properties, stack_name, logical_id=None):
        result = handlers["update"](physical_id, old_properties, new_properties, stack_name, logical_id=logical_id)
        _limit(physical_id, new_properties)
        return result

    return {**handlers, "create": create, "update": update}


def _limit(name: str, properties: dict) -> None:
    function = functions._functions.get(name)
    if function is not None:
        limit = properties.get(_LIMIT)
        function["concurrency"] = None if limit is None else int(limit)
