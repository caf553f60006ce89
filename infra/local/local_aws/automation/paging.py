"""MaxResults and NextToken, which are the same in every list of SSM's."""

from typing import Any

from local_aws.automation.errors import SsmError

_DEFAULT_PAGE = 50


def page(items: list[Any], request: dict[str, Any], member: str) -> dict[str, Any]:
    token = request.get("NextToken")
    if token is not None and not token.isdigit():
        raise SsmError("InvalidNextToken", "The specified token isn't valid.")
    begin = int(token or 0)
    end = begin + request.get("MaxResults", _DEFAULT_PAGE)
    response = {member: items[begin:end]}
    if end < len(items):
        response["NextToken"] = str(end)
    return response
