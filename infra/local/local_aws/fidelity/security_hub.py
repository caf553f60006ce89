"""An account that has not turned Security Hub on.

MiniStack lacks the service and refuses it as nobody would know it. AWS says that the account is not subscribed, which is an
answer: then there are no findings to ask about.
https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetFindings.html
"""

from ministack.core.responses import error_response_json, get_account_id

from local_aws import ministack_names as names

_SERVICE = "securityhub"


def install() -> None:
    names.SERVICE_PATTERNS.value()[_SERVICE] = {"host_patterns": [r"securityhub\."], "credential_scope": _SERVICE}
    names.IAM_NAMESPACES.value()[_SERVICE] = _SERVICE
    names.BOTOCORE_SERVICE_MAP.value()[_SERVICE] = [_SERVICE]
    names.SERVICE_HANDLERS.value()[_SERVICE] = _handle_request


async def _handle_request(method, path, headers, body, query_params):
    message = f"Account {get_account_id()} is not subscribed to AWS Security Hub"
    return error_response_json("InvalidAccessException", message, 401)
