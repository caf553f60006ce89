"""ListEventSourceMappings of an alias lists that alias's, and no page has more than a hundred.

MiniStack forgets the qualifier and gives as many as the caller likes. Of a function without a qualifier it lists those
of its aliases too; that stays.
https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html
"""

from ministack.core.responses import json_response
from ministack.services import lambda_svc

from local_aws import ministack_names as names

_LONGEST_PAGE = 100


def install() -> None:
    names.LAMBDA_LIST_MAPPINGS.replace(list_mappings)


def list_mappings(query: dict):
    """Takes MiniStack's place, so it has its parameter and result."""
    reference = lambda_svc._qp_first(query, "FunctionName")
    name, qualifier = lambda_svc._resolve_request_scoped_name_and_qualifier(reference)
    source = lambda_svc._qp_first(query, "EventSourceArn")
    found = [
        mapping
        for mapping in lambda_svc._esms.values()
        if name in ("", mapping["FunctionName"])
        and qualifier in (None, mapping.get("Qualifier"))
        and source in ("", mapping["EventSourceArn"])
    ]
    marker = lambda_svc._qp_first(query, "Marker")
    start = next((place + 1 for place, mapping in enumerate(found) if mapping["UUID"] == marker), 0)
    size = min(int(lambda_svc._qp_first(query, "MaxItems", str(_LONGEST_PAGE))), _LONGEST_PAGE)
    page = found[start : start + size]
    answer = {"EventSourceMappings": [lambda_svc._esm_response(mapping) for mapping in page]}
    if start + size < len(found):
        answer["NextMarker"] = page[-1]["UUID"]
    return json_response(answer)
