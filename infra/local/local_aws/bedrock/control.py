"""Telling the stand-in what to answer, and asking it what it was asked: the client's side."""

from typing import Any

from local_aws.control import PREFIX, Refused, call

SCRIPT_VARIABLE = "LOCAL_AWS_BEDROCK_SCRIPT"
PROXY_VARIABLE = "MINISTACK_BEDROCK_PROXY_URL"
SCRIPT = PREFIX + "bedrock/script"
REQUESTS = PREFIX + "bedrock/requests"


class BadScript(ValueError):
    """The stand-in did not take the script; the message says which case is wrong, and how."""


def load_script(endpoint: str, cases: list[dict[str, Any]]) -> None:
    try:
        call(endpoint, SCRIPT, "PUT", cases)
    except Refused as refused:
        raise BadScript(str(refused)) from None


def requests(endpoint: str) -> list[dict[str, Any]]:
    return call(endpoint, REQUESTS, "GET")


def forget_requests(endpoint: str) -> None:
    call(endpoint, REQUESTS, "DELETE")
