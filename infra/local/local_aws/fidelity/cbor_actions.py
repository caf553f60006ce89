"""A call in RPC v2 CBOR needs its permission, on its resource, like any other.

MiniStack does not find the action in its path, `/service/<service>/operation/<operation>`, and lets such a call
through unchecked. The Rust SDK speaks CBOR to CloudWatch.
"""

import json
import re
from collections.abc import Callable

import cbor2
import ministack.core.iam_actions as iam_actions

from local_aws import ministack_names as names

_OPERATION = re.compile(r"/service/[A-Za-z0-9_]+/operation/([A-Za-z0-9_]+)")


def install() -> None:
    names.EXTRACT_IAM_ACTION.wrap(_with_operation)
    names.EXTRACT_RESOURCE_ARN.wrap(_with_readable_body)


def _is_cbor(headers: dict) -> bool:
    return headers.get("smithy-protocol") == "rpc-v2-cbor"


def _with_operation(original: Callable[..., str | None]) -> Callable[..., str | None]:
    def extract_iam_action(service, method, path, headers, body, query_params):
        found = _OPERATION.fullmatch(path)
        namespace = iam_actions.SERVICE_TO_IAM_NAMESPACE.get(service)
        if found and namespace and _is_cbor(headers):
            return f"{namespace}:{found[1]}"
        return original(service, method, path, headers, body, query_params)

    return extract_iam_action


def _with_readable_body(original: Callable[..., str]) -> Callable[..., str]:
    def extract_resource_arn(service, method, path, headers, body, *rest):
        if _is_cbor(headers):
            body = _as_json(body)
        return original(service, method, path, headers, body, *rest)

    return extract_resource_arn


def _as_json(body: bytes) -> bytes:
    try:
        return json.dumps(cbor2.loads(body), default=str).encode()
    except (cbor2.CBORDecodeError, TypeError, ValueError):
        # The service itself will say what is wrong with it.
        return b"{}"
