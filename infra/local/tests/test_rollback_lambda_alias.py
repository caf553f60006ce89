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


def _alias(aws, function) -> tuple[str, dict]:
    """The alias' version and weights."""
    found = aws.client("lambda").get_alias(FunctionName=function, Name="live")
    return found["FunctionVersion"], found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})


def _roll_back(automations, function, to, expected, **more):
    return automations.run(
        _DOCUMENT,
        {"FunctionName": function, "AliasName": "live", "FunctionVersion": to, "ExpectedVersion": expected, **more},
    )


def _undo(automations, function, done, to="1"):
    # No element where the alias had no weights.
    weights = next(iter(json.loads(value)[0] for value in done.view["Outputs"]["RecordState.WeightsBefore"]), {})
    return _roll_back(
        automations, function, to=done.output("RecordState.VersionBefore"), expected=to,
        AdditionalVersionWeights=json.dumps(weights), ExpectedRevision=done.output("PointAliasAtVersion.RevisionId"),
    )  # fmt: skip


def test_rollback_alias_takes_the_traffic_to_the_version(aws, automations, function):
    run = _roll_back(automations, function, to="1", expected="3")
    assert run.status == "Success", run.failure
    assert run.output("RecordState.VersionBefore") == "3"
    assert run.output("ConfirmRolledBack.VersionAfter") == "1"
    answer = aws.client("lambda").invoke(FunctionName=f"{function}:live")["Payload"].read()
    assert json.loads(answer) == {"release": 1}


@pytest.mark.parametrize("version", ["3", "1"], ids=["also-moved", "only-weights"])
def test_rollback_alias_ends_a_canary_and_undo_brings_it_back(aws, automations, function, version):
    weights = {"2": 0.5}
    aws.client("lambda").update_alias(
        FunctionName=function, Name="live", FunctionVersion=version, RoutingConfig={"AdditionalVersionWeights": weights}
    )
    done = _roll_back(automations, function, to="1", expected=version)
    assert done.status == "Success", done.failure
    assert _alias(aws, function) == ("1", {})
    undone = _undo(automations, function, done)
    assert undone.status == "Success", undone.failure
    assert _alias(aws, function) == (version, weights)


def test_rollback_alias_twice_is_once(aws, automations, function):
    for _ in range(2):
        run = _roll_back(automations, function, to="1", expected="3")
        assert run.status == "Success", run.failure
        assert _alias(aws, function) == ("1", {})
    assert run.output("RecordState.VersionBefore") == "1"


def test_rollback_alias_undone_twice_is_undone_once(aws, automations, function):
    done = _roll_back(automations, function, to="1", expected="3")
    for step_status in ("Success", "Pending"):
        undone = _undo(automations, function, done)
        assert undone.status == "Success", undone.failure
        assert undone.step_status("PointAliasAtVersion") == step_status
        assert _alias(aws, function) == ("3", {})


@pytest.mark.parametrize("routing", [{}, {"2": 0.1}], ids=["same-version", "other-weights"])
def test_rollback_alias_undo_of_what_another_hand_touched_since_touches_nothing(aws, automations, function, routing):
    done = _roll_back(automations, function, to="1", expected="3")
    aws.client("lambda").update_alias(
        FunctionName=function, Name="live", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": routing}
    )
    undone = _undo(automations, function, done)
    assert undone.status == "Failed"
    assert undone.step_status("AssertStillOurs") == "Failed"
    assert _alias(aws, function) == ("1", routing)


def test_rollback_alias_deployed_since_touches_nothing(aws, automations, function):
    run = _roll_back(automations, function, to="1", expected="2")
    assert run.status == "Failed"
    assert run.step_status("AssertUnchangedSinceDiagnosis") == "Failed"
    assert _live(aws, function) == "3"


def test_rollback_alias_that_somebody_rolled_back_since_leaves_their_canary(aws, automations, function):
    canary = {"2": 0.1}
    aws.client("lambda").update_alias(
        FunctionName=function, Name="live", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": canary}
    )
    run = _roll_back(automations, function, to="1", expected="3")
    assert run.status == "Success", run.failure
    assert run.step_status("PointAliasAtVersion") == "Pending"
    assert "No output available" in run.output("PointAliasAtVersion.RevisionId")
    assert _alias(aws, function) == ("1", canary)


def test_rollback_alias_to_a_version_that_is_not_there_touches_nothing(aws, automations, function):
    run = _roll_back(automations, function, to="9", expected="3")
    assert run.status == "Failed"
    assert run.step_status("AssertVersionIsActive") == "Failed"
    assert "No output available" in run.output("PointAliasAtVersion.RevisionId")
    assert _live(aws, function) == "3"
