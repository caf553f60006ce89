"""Corrects task tokens and nested starts where they differ from AWS's, found by running our machines.

- A JSONata `TimeoutSeconds` is not evaluated.
- A `.waitForTaskToken` task whose function fails goes on waiting for its token; AWS fails the task at once.
- A nested start of an execution that exists fails as `ExecutionAlreadyExists`; the optimized
  integration names errors as the Java SDK does, `StepFunctions.ExecutionAlreadyExistsException`.
- `SendTask…` is authorised on `*`; AWS authorises it on the state machine whose token it is.
"""

import json
from contextvars import ContextVar

import ministack.services.stepfunctions as sfn

from local_aws import ministack_names as names

_CALLBACKS = frozenset({"SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"})
_machine: ContextVar[str] = ContextVar("machine", default="")
_token: ContextVar[str] = ContextVar("token", default="")
_machine_of_token: dict[str, str] = {}


def install() -> None:
    names.STATES_EXECUTE_TASK.wrap(_with_evaluated_timeout)
    names.STATES_INVOKE_WITH_CALLBACK.wrap(_with_token_remembered)
    names.STATES_CALL_LAMBDA.wrap(_failing_the_waiting_task)
    names.STATES_START_NESTED.wrap(_with_sdk_error_names)
    names.EXTRACT_RESOURCE_ARN.wrap(_with_the_tokens_machine)


def _with_evaluated_timeout(original):
    def execute_task(state_def, raw_input, execution, ctx):
        if isinstance(state_def.get("TimeoutSeconds"), str):
            seconds = sfn._jsonata_state_field(state_def, "TimeoutSeconds", "number", raw_input, ctx)
            state_def = {**state_def, "TimeoutSeconds": seconds}
        # Each execution runs in a thread and context of its own.
        _machine.set((execution or {}).get("stateMachineArn", ""))
        return original(state_def, raw_input, execution, ctx)

    return execute_task


def _with_token_remembered(original):
    def invoke_with_callback(resource, input_data, token, state_def):
        _machine_of_token[token] = _machine.get()
        set_before = _token.set(token)
        try:
            return original(resource, input_data, token, state_def)
        finally:
            _token.reset(set_before)

    return invoke_with_callback


def _failing_the_waiting_task(original):
    def call_lambda(func_ref, event):
        try:
            return original(func_ref, event)
        except sfn._ExecutionError as error:
            waiting = sfn._task_tokens.get(_token.get())
            if waiting is not None:
                waiting["error"] = {"Error": error.error, "Cause": error.cause}
                waiting["event"].set()
            raise

    return call_lambda


def _with_sdk_error_names(original):
    def invoke_nested_start_execution(resource, input_data):
        try:
            return original(resource, input_data)
        except sfn._ExecutionError as error:
            raise sfn._ExecutionError(f"StepFunctions.{error.error}Exception", error.cause) from None

    return invoke_nested_start_execution


def _with_the_tokens_machine(original):
    def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if service == "states" and operation in _CALLBACKS:
            token = json.loads(body or b"{}").get("taskToken", "")
            return _machine_of_token.get(token) or f"arn:aws:states:{region}:{account_id}:stateMachine:unknown"
        return original(service, method, path, headers, body, query_params, region, account_id)

    return extract_resource_arn
