import io
import json
import zipfile

import pytest

from local_aws import allow

_DOCUMENT = "Nightshift-RollbackLambdaAlias"
_SOURCE = "def handler(event, context):\n    return {'release': %d}\n"


@pytest.fixture(scope="session")
def function_role(aws) -> str:
    return aws.create_role("lambda-logs", allow("logs:*"), "lambda.amazonaws.com")


@pytest.fixture
def function(aws, name, function_role):
    """Name of a function with versions 1, 2 and 3; its alias `live` is at 3."""
    client = aws.client("lambda")
    client.create_function(
        FunctionName=name, Runtime="python3.11", Handler="index.handler", Role=function_role,
        Code={"ZipFile": _zip(1)},
    )  # fmt: skip
    client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    client.publish_version(FunctionName=name)
    for release in (2, 3):
        client.update_function_code(FunctionName=name, ZipFile=_zip(release))
        client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
        client.publish_version(FunctionName=name)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="3")
    return name


def _zip(release: int) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as output:
        output.writestr("index.py", _SOURCE % release)
    return archive.getvalue()


def _live(aws, function) -> str:
    return aws.client("lambda").get_alias(FunctionName=function, Name="live")["FunctionVersion"]


def _roll_back(automations, function, to, expected):
    return automations.run(
        _DOCUMENT,
        {"FunctionName": function, "AliasName": "live", "FunctionVersion": to, "ExpectedVersion": expected},
    )


def test_rollback_alias_takes_the_traffic_to_the_version(aws, automations, function):
    run = _roll_back(automations, function, to="1", expected="3")
    assert run.status == "Success", run.failure
    assert run.output("RecordState.VersionBefore") == "3"
    assert run.output("ConfirmRolledBack.VersionAfter") == "1"
    answer = aws.client("lambda").invoke(FunctionName=f"{function}:live")["Payload"].read()
    assert json.loads(answer) == {"release": 1}


def test_rollback_alias_ends_a_canary(aws, automations, function):
    client = aws.client("lambda")
    client.update_alias(
        FunctionName=function, Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}}
    )
    assert _roll_back(automations, function, to="1", expected="3").status == "Success"
    routing = client.get_alias(FunctionName=function, Name="live").get("RoutingConfig", {})
    assert not routing.get("AdditionalVersionWeights")


def test_rollback_alias_twice_is_once(aws, automations, function):
    _roll_back(automations, function, to="1", expected="3")
    revision = aws.client("lambda").get_alias(FunctionName=function, Name="live")["RevisionId"]
    again = _roll_back(automations, function, to="1", expected="3")
    assert again.status == "Success", again.failure
    assert again.step_status("PointAliasAtVersion") == "Pending"
    assert aws.client("lambda").get_alias(FunctionName=function, Name="live")["RevisionId"] == revision


def test_rollback_alias_undone_twice_is_undone_once(aws, automations, function):
    done = _roll_back(automations, function, to="1", expected="3")
    for _ in range(2):
        undone = _roll_back(
            automations, function,
            to=done.output("RecordState.VersionBefore"), expected=done.output("ConfirmRolledBack.VersionAfter"),
        )  # fmt: skip
        assert undone.status == "Success", undone.failure
        assert _live(aws, function) == "3"


def test_rollback_alias_deployed_since_touches_nothing(aws, automations, function):
    run = _roll_back(automations, function, to="1", expected="2")
    assert run.status == "Failed"
    assert run.step_status("AssertUnchangedSinceDiagnosis") == "Failed"
    assert _live(aws, function) == "3"


def test_rollback_alias_to_a_version_that_is_not_there_touches_nothing(aws, automations, function):
    run = _roll_back(automations, function, to="9", expected="3")
    assert run.status == "Failed"
    assert run.step_status("AssertVersionIsActive") == "Failed"
    assert _live(aws, function) == "3"
