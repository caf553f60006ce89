"""Which resource each operation is authorised on.

MiniStack takes every SSM `Name` for a parameter's, so that a policy on a document or
an automation would never match; here they get the ARNs that SSM's user guide grants.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

import ministack.core.iam_actions as iam_actions
from ministack.core.iam_evaluator import EvalResult, enforce

from local_aws import ministack_names as names
from local_aws.automation.errors import SsmError

_DOCUMENT = frozenset(
    {"CreateDocument", "UpdateDocument", "UpdateDocumentDefaultVersion", "DescribeDocument", "GetDocument", "DeleteDocument"}
)
_EXECUTION = frozenset({"GetAutomationExecution", "DescribeAutomationStepExecutions", "StopAutomationExecution"})
# A calendar's state is asked of several documents at once, and the local AWS checks one resource for each request.
_NO_RESOURCE = frozenset({"ListDocuments", "DescribeAutomationExecutions", "GetCalendarState"})


@dataclass(frozen=True)
class Caller:
    account: str
    region: str
    access_key_id: str
    arn: str

    def require(self, action: str, resource_arn: str, context: dict[str, str] | None = None) -> None:
        """Raises AccessDeniedException unless the caller may do this, beyond what the gateway has checked."""
        namespace = action.partition(":")[0]
        denied = enforce(
            self.access_key_id, action, namespace, self.region, resource_arn=resource_arn, service_context=context
        )
        if denied:
            explicit = isinstance(denied, EvalResult) and denied.decision == "Deny"
            message = iam_actions.identity_denial_message(action, self.arn, resource_arn, explicit)
            raise SsmError("AccessDeniedException", message)


def install() -> None:
    names.EXTRACT_RESOURCE_ARN.wrap(_with_automation)


def _with_automation(original: Callable[..., str]) -> Callable[..., str]:
    def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        resource = _resource(operation, body) if service == "ssm" else None
        if resource is None:
            return original(service, method, path, headers, body, query_params, region, account_id)
        return resource if resource == "*" else f"arn:aws:ssm:{region}:{account_id}:{resource}"

    return extract_resource_arn


def _resource(operation: str, body: bytes) -> str | None:
    if operation in _NO_RESOURCE:
        return "*"
    if operation not in _DOCUMENT | _EXECUTION | {"StartAutomationExecution"}:
        return None
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return "*"
    if operation in _EXECUTION:
        return f"automation-execution/{request.get('AutomationExecutionId', '')}"
    return f"document/{request.get('Name' if operation in _DOCUMENT else 'DocumentName', '')}"
