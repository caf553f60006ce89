"""A deployment's settings bound its model: if it is asked, its cost, its guardrail."""

import json

import model_scripts as scripts
from command_line import nightshift
from doubt import unexplained
from function_variables import other_variables
from model_scripts import About
from scene import Scene

_RICH = 1_000_000_000


def overrides(**others: object) -> dict[str, str]:
    return {"MODEL_OVERRIDES": json.dumps({"day_cap": _RICH} | others)}


def test_day_without_money_asks_no_model_and_the_diagnosis_says_why(scene: Scene) -> None:
    scene.aws.forget_model_requests()
    with other_variables(scene, "diagnose", **overrides(day_cap=0)):
        one = unexplained(scene).drill()
        assert one.wait() == "SUCCEEDED"
    assert scene.aws.model_requests() == []
    assert one.model["verdict"] == {"type": "unusable", "reason": "the day's budget for the model is used up"}
    assert (one.model["requests"], one.model["cost"]) == (0, 0)
    assert one.model["problems"].keys() == {"over_day_budget"}
    shown = " ".join(nightshift(scene, "show", one.incident_id).out.split())
    assert "gave no usable answer (the day's budget for the model is used up)" in shown
    assert scene.outcome(one.incident_id)["resolution"] == "escalated"


def test_model_that_is_never_asked_is_never_asked(scene: Scene) -> None:
    scene.aws.forget_model_requests()
    with other_variables(scene, "diagnose", MODEL="never"):
        one = unexplained(scene).drill()
        assert one.wait() == "SUCCEEDED"
    assert scene.aws.model_requests() == []
    assert one.diagnosis.get("model") is None
    assert "No model was asked" in nightshift(scene, "trace", one.incident_id).out


def test_guardrail_that_steps_in_leaves_the_diagnosis_without_an_opinion(scene: Scene) -> None:
    made = scene.aws.client("bedrock").create_guardrail(
        name="no-cake",
        blockedInputMessaging="not that",
        blockedOutputsMessaging="not this",
        wordPolicyConfig={"wordsConfig": [{"text": "gingerbread"}]},
    )
    doubt = unexplained(scene)
    about = About(doubt.application, doubt.function, "nobody")
    answer = {"verdict": "abstain", "hypotheses": [], "reason": "It smells of gingerbread."}
    scene.aws.script_model([scripts.reports_nothing(about), scripts.weighs(about, answer)])
    try:
        with other_variables(
            scene, "diagnose", **overrides(guardrail={"id": made["guardrailId"], "version": "DRAFT"})
        ):
            one = doubt.drill()
            assert one.wait() == "SUCCEEDED"
    finally:
        scene.aws.script_model([])
    assert one.model["verdict"] == {"type": "unusable", "reason": "the model's answer was filtered"}
    assert one.model["problems"]["filtered"] == 1
    assert all(request["guardrailConfig"]["guardrailIdentifier"] == made["guardrailId"] for request in one.requests)


def test_model_that_blames_another_stops_what_would_have_run_unasked_and_runs_nothing_itself(scene: Scene) -> None:
    """Asked although playbooks are sure, a model can take permission away. It can give none."""
    application = scene.application("autonomous")
    healthy, stopped = scene.stopped_instance(application), scene.stopped_instance(application)
    garbled = scene.stopped_instance(scene.application("autonomous"))
    blames = {
        "component": "{{ healthy }}",
        "failure_mode": "stopped",
        "cause": scripts.APPROVED.format(target=healthy),
        "action": "start-instance",
        "supports": ["{{ symptom }}"],
        "contradicts": [],
        "confidence": 1,
    }
    about = About(application, "none", healthy)
    find = {"healthy": rf"(c\d+) ec2 instance/{healthy}", "symptom": r"\[(ev-[0-9a-f]{12})\] symptom"}
    cases = [
        scripts.reports_nothing(about),
        scripts.weighs(about, {"verdict": "hypotheses", "hypotheses": [blames]}, find),
        {"when": garbled, "body": "]"},
    ]
    scene.aws.script_model(cases)
    try:
        with other_variables(scene, "diagnose", MODEL="always"):
            of_garbled = scene.drill(scene.stopped(garbled))
            of_stopped = scene.drill(scene.stopped(stopped))
            plan_hash = scene.wait_until_asked(of_stopped)
            assert nightshift(scene, "deny", of_stopped, "--plan", plan_hash).exit_code == 0
            assert scene.wait_until_ended(of_stopped) == "SUCCEEDED"
            assert scene.wait_until_ended(of_garbled) == "SUCCEEDED"
    finally:
        scene.aws.script_model([])
    # With no usable word of a model's, the playbook's own action runs, as without one.
    assert scene.outcome(of_garbled)["resolution"] == "by_nightshift"
    assert scene.writes_to(garbled) == ["StartInstances"]
    assert scene.outcome(of_stopped)["resolution"] == "escalated"
    for instance_id in (healthy, stopped):
        assert scene.automations_on(instance_id) == []
        assert scene.writes_to(instance_id) == []
    (judged,) = scene.entries(of_stopped, "judged")
    assert stopped in judged.content["target"], "the playbook's target, and not the one that was wished for"
    assert judged.content["verdict"]["decision"] == "ask"


def test_incident_that_a_playbook_explains_asks_no_model(scene: Scene) -> None:
    instance_id = scene.stopped_instance(scene.application("autonomous"))
    incident_id = scene.drill(scene.stopped(instance_id))
    assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert scene.outcome(incident_id)["resolution"] == "by_nightshift"
    assert incident_id not in json.dumps(scene.aws.model_requests())
    assert "No model was asked" in nightshift(scene, "trace", incident_id).out
