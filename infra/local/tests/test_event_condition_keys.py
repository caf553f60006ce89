"""Policies with `events:source` and `events:detail-type` permit what they name and nothing else."""

import itertools

import pytest
from botocore.exceptions import ClientError

from local_aws import allow

_USERS = itertools.count()
_CONDITION = {"StringEquals": {"events:source": "ours", "events:detail-type": "Alert"}}


@pytest.fixture(scope="module")
def caller(aws):
    policy = allow("events:PutEvents")
    policy["Statement"][0]["Condition"] = _CONDITION
    return aws.client("events", aws.create_user(f"event-keys-{next(_USERS)}", policy))


def _entry(source: str, detail_type: str) -> dict:
    return {"Source": source, "DetailType": detail_type, "Detail": "{}"}


def test_events_of_the_named_source_and_type_are_put(caller):
    answer = caller.put_events(Entries=[_entry("ours", "Alert"), _entry("ours", "Alert")])
    assert answer["FailedEntryCount"] == 0


@pytest.mark.parametrize(
    "entries",
    [
        [_entry("nightshift.drill", "Alert")],
        [_entry("ours", "Drill")],
        [_entry("ours", "Alert"), _entry("nightshift.drill", "Alert")],
    ],
)
def test_events_of_any_other_are_denied(caller, entries):
    with pytest.raises(ClientError, match="AccessDenied"):
        caller.put_events(Entries=entries)
