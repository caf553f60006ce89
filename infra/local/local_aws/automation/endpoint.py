"""Puts the automation operations in front of MiniStack's handler for SSM."""

from collections.abc import Callable

from ministack.core.iam_evaluator import request_caller_arn
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.core.router import extract_access_key_id

from local_aws import ministack_names as names
from local_aws.automation import authorization, request_validation, role
from local_aws.automation.authorization import Caller
from local_aws.automation.errors import SsmError
from local_aws.automation.service import AutomationService


def install() -> None:
    """MiniStack looks its handlers up when a request comes, so it finds ours from now on."""
    service = AutomationService()
    authorization.install()
    role.install()
    names.SSM_HANDLE_REQUEST.wrap(lambda original: _with_automation(original, service))
    names.SSM_RESET.wrap(lambda original: _with_clear(original, service))


def _with_automation(original: Callable, service: AutomationService) -> Callable:
    async def handle_request(method, path, headers, body, query_params):
        name = headers.get("x-amz-target", "").rpartition(".")[2]
        operation = service.operations.get(name)
        if operation is None:
            return await original(method, path, headers, body, query_params)
        caller = Caller(
            account=get_account_id(),
            region=get_region(),
            access_key_id=extract_access_key_id(headers, query_params) or "",
            arn=request_caller_arn(headers, query_params),
        )
        try:
            return json_response(operation(caller, request_validation.read(name, body)))
        except SsmError as error:
            return error_response_json(error.code, error.message, error.status)

    return handle_request


def _with_clear(original: Callable[[], None], service: AutomationService) -> Callable[[], None]:
    def reset() -> None:
        original()
        service.clear()

    return reset
