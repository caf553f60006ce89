"""The team's knowledge and tools reach the model as data; a missing part is a gap."""

import pytest

import model_scripts as scripts
import team
from doubt import Asked, lines_of, unexplained
from model_scripts import About
from scene import Scene


@pytest.fixture(scope="module")
def one(scene: Scene) -> Asked:
    """An incident in which the model asks a tool of the team's."""
    doubt = unexplained(scene)
    about = About(doubt.application, doubt.function, "nobody")
    look = {"name": team.TOOL, "input": {"wanted": doubt.function}}
    asks = {"when": [doubt.application, "Your line of inquiry: traffic"], "turn": 1, "use": look}
    scene.aws.script_model([asks, scripts.reports_nothing(about)])
    try:
        asked = doubt.drill()
        assert asked.wait() == "SUCCEEDED"
        assert asked.requests, "kept, before others are asked about"
    finally:
        scene.aws.script_model([])
    return asked


def test_steering_of_the_team_reaches_the_model_inside_its_fence(one: Asked) -> None:
    opening = one.requests[0]["messages"][0]["content"][0]["text"]
    assert lines_of(opening, "steering") == [team.STEERING]
    assert opening.count(team.STEERING) == 1
    assert all(team.STEERING not in system["text"] for system in one.requests[0]["system"] if "text" in system)
    assert "of no concern" not in one.said


def test_tool_of_the_team_is_offered_and_its_answer_is_evidence(one: Asked) -> None:
    offered = [tool["toolSpec"]["name"] for tool in one.requests[0]["toolConfig"]["tools"] if "toolSpec" in tool]
    assert team.TOOL in offered
    assert team.WRITES not in offered
    answers = [one_["observed"] for one_ in one.shown["evidence"] if one_["observed"]["type"] == "team_tool"]
    answer = team.ANSWER.format(wanted=one.doubt.function)
    assert answers == [{"type": "team_tool", "tool": team.TOOL, "text": answer}]
    assert answer in one.said
    assert one.trace["totals"]["tools"][team.TOOL] == 1


def test_tool_that_writes_and_server_that_is_down_are_gaps_that_make_nothing_less_sure(one: Asked) -> None:
    gaps = {gap["query"]: gap for gap in one.diagnosis["gaps"]}
    assert "changes things" in gaps[f"tool {team.WRITES}"]["reason"]
    assert gaps[f"tools of {team.GONE}"]["context"]
