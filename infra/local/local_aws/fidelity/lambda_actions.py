"""Each Lambda call is authorised as the action it is.

MiniStack guesses the action from a few path segments and takes GetAlias, UpdateAlias and
DeleteAlias for ListAliases; botocore's model knows them all.
"""

from collections.abc import Callable

import ministack.core.iam_actions as iam_actions

from local_aws import ministack_names as names

# Operations whose permission has another name.
_PERMISSIONS = {
    "Invoke": "InvokeFunction",
    "InvokeAsync": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
}


def install() -> None:
    names.BOTOCORE_SERVICE_MAP.value()["lambda"] = ["lambda"]
    names.LAMBDA_ACTION.wrap(_from_model)


def _from_model(original: Callable[[str, str], str | None]) -> Callable[[str, str], str | None]:
    def lambda_action(method: str, path: str) -> str | None:
        operation = iam_actions._match_rest_action("lambda", method, path)
        return _PERMISSIONS.get(operation, operation) if operation else original(method, path)

    return lambda_action
