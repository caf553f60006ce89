"""The command line against a deployment that is there."""

import json
from pathlib import Path

import pytest

from command_line import nightshift
from demo.prerequisites import EVENTS
from intake import deliver
from local_aws import allow
from scene import Scene


@pytest.fixture(scope="module")
def ended(scene: Scene) -> str:
    """An incident that is over."""
    incident_id = scene.drill(scene.unexplained())
    scene.wait_until_ended(incident_id)
    return incident_id


def test_doctor_on_a_whole_deployment_finds_all_well(scene: Scene) -> None:
    said = nightshift(scene, "doctor", "--format", "json")
    assert said.exit_code == 0, said
    levels = {finding["what"]: finding["level"] for finding in said.json()}
    # Here both topics lead to one queue, where the tests read.
    assert {what for what, level in levels.items() if level != "ok"} == {"fallback"}, said.out
    assert levels["fallback"] == "warn"
    assert {"credentials", "stack", "functions", "table", "mode"} <= levels.keys()


def test_doctor_without_permissions_says_which_are_missing(scene: Scene) -> None:
    nosy = scene.aws.create_user("nosy", allow("cloudformation:DescribeStacks"))
    said = nightshift(scene, "doctor", "--format", "json", caller=nosy)
    assert said.exit_code == 1
    failing = " ".join(finding["detail"] for finding in said.json() if finding["level"] == "fail")
    for action in ("cloudformation:ListStackResources", "ssm:GetParameter", "states:DescribeStateMachine"):
        assert action in failing, failing


def test_doctor_with_a_mode_that_is_gone_says_so(scene: Scene) -> None:
    ssm, name = scene.aws.client("ssm"), f"{scene.outputs['ParameterPrefix']}/mode"
    before = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    ssm.delete_parameter(Name=name)
    try:
        said = nightshift(scene, "doctor")
    finally:
        ssm.put_parameter(Name=name, Value=before, Type="String")
    # Nothing is broken: without a mode nothing is changed.
    assert said.exit_code == 0
    assert f"{name} is missing, so the mode is observe" in " ".join(said.out.split())


def test_incidents_and_show_as_json_agree(scene: Scene, ended: str) -> None:
    listed = nightshift(scene, "incidents", "--format", "json", "--limit", "1000").json()
    (row,) = [one for one in listed if one["id"] == ended]
    assert (row["status"], row["outcome"]["resolution"], row["drill"]) == ("escalated", "escalated", True)
    shown = nightshift(scene, "show", ended, "--evidence", "--format", "json")
    assert shown.exit_code == 0
    assert ended in shown.out
    assert isinstance(shown.json(), dict)


def test_incidents_open_leaves_out_what_has_ended(scene: Scene, ended: str) -> None:
    listed = nightshift(scene, "incidents", "--open", "--format", "json").json()
    assert ended not in {one["id"] for one in listed}


def test_show_for_people_is_found_by_the_beginning_of_the_id(scene: Scene, ended: str) -> None:
    shown = nightshift(scene, "show", ended[:20].lower())
    assert shown.exit_code == 0
    assert ended in shown.out
    assert all(line.isprintable() for line in shown.out.splitlines())


def test_drill_of_a_malformed_event_sends_nothing(scene: Scene, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(scene.unexplained()))
    bad.write_text(json.dumps(scene.unexplained() | {"detail": None}))
    incidents = scene.executions()
    said = nightshift(scene, "drill", str(good), str(bad))
    assert said.exit_code == 2
    assert "bad.json" in said.error and "detail" in said.error
    assert scene.executions() == incidents


def test_ingest_says_of_a_file_what_the_intake_makes_of_it(scene: Scene, tmp_path: Path) -> None:
    events = {name: json.loads((EVENTS / name).read_text()) for name in ("malformed.json", "s3-object-created.json")}
    for name, event in events.items():
        file = tmp_path / name
        file.write_text(json.dumps(event))
        said = nightshift(scene, "ingest", str(file), "--format", "json")
        assert said.exit_code == 0
        taken = deliver(scene, event)
        assert (said.json()["outcome"], said.json()["reason"]) == (taken.output["result"], taken.output["reason"])


def test_ingest_of_a_file_that_is_not_there_is_an_answer_about_that_file(scene: Scene) -> None:
    said = nightshift(scene, "ingest", "no-such-file.json", "--format", "json")
    assert (said.exit_code, said.json()["outcome"]) == (0, "rejected")


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("show", "not/an/id"),
        ("approve", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--plan", "0" * 64),
        ("approve", "latest", "--plan", "tooshort"),
        ("drill", "no-such-file.json"),
        ("incidents", "--limit", "0"),
        ("incidents", "--stack", "nobody"),
        ("audit",),
        ("frobnicate",),
    ],
    ids=" ".join,
)
def test_input_that_names_nothing_ends_with_exit_code_2(scene: Scene, arguments: tuple[str, ...]) -> None:
    said = nightshift(scene, *arguments)
    assert said.exit_code == 2, said
    assert said.out == ""
    assert said.error
