"""Settings and faults are checked when they are set, and end with their block."""

import pytest

from local_aws.control import Refused
from local_aws.faults.rules import Call, Fault, parse
from local_aws.settings import Invalid, Settings, changed

_CALL = Call("dynamodb:PutItem", "arn:aws:sts::1:assumed-role/dedup/x", '{"TableName": "t", "Item": {}}')


def test_settings_are_all_off_at_first():
    assert not any(Settings().as_json().values())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([], "should be a JSON object"),
        ({"automation_step_second": 1}, "there is no setting 'automation_step_second'; known are "),
        ({"automation_step_seconds": -1}, "should be a number of seconds, 0 or more"),
        ({"automation_step_seconds": True}, "should be a number of seconds, 0 or more"),
        ({"automation_refuses_reused_tokens": 1}, "should be true or false"),
        ({"automation_seconds_by_step": {"A": "1"}}, "should have a number of seconds by name"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(Invalid, match=message):
        changed(Settings(), changes)


def test_settings_end_with_their_block(aws):
    with aws.settings(automation_step_seconds=1.5), aws.settings(automation_step_seconds=2):
        pass
    with pytest.raises(Refused, match="there is no setting"), aws.settings(nonsense=1):
        pass
    with aws.settings(), aws.settings(automation_step_seconds=0):
        pass


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ({"error": "X"}, "action is None"),
        ({"action": "PutItem", "error": "X"}, "should be as IAM names it"),
        ({"action": "ssm:*"}, "should have error, kills or delay_seconds"),
        ({"action": "ssm:*", "error": "X", "kills": True}, "exclude each other"),
        ({"action": "ssm:*", "error": "X", "share": 2}, "should be between 0 and 1"),
        ({"action": "ssm:*", "error": "X", "contains": "x"}, "should be a list"),
        ({"action": "ssm:*", "error": "X", "nth": 2}, "a fault has no nth"),
    ],
)
def test_fault_that_makes_no_sense_is_refused(description, message):
    with pytest.raises(Invalid, match=message):
        parse(description)


@pytest.mark.parametrize(
    ("fault", "is_about_it"),
    [
        (Fault("dynamodb:PutItem"), True),
        (Fault("dynamodb:*"), True),
        (Fault("dynamodb:Put"), False),
        (Fault("*", caller="role/dedup"), True),
        (Fault("*", caller="role/ingest"), False),
        (Fault("*", contains=("TableName", "Item")), True),
        (Fault("*", contains=("TableName", "Other")), False),
    ],
)
def test_fault_is_about_calls_by_action_caller_and_text(fault, is_about_it):
    assert fault.is_about(_CALL) is is_about_it
