"""People hear what is known while Nightshift waits for evidence: once, in time, and without an end to the incident."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from demo.waiting import wait_for
from function_variables import other_variables
from intake import deliver, drill_envelope
from scene import Scene

# CloudTrail is waited for until the event is so old; the event is that old when it comes.
_PATIENCE_SECONDS = 85
_EVENT_IS_OLD_SECONDS = 50
_TOLD_WITHIN_SECONDS = 90
_STARTS_WITHIN_SECONDS = 15.0


@contextmanager
def evidence_is_waited_for(scene: Scene) -> Iterator[None]:
    with other_variables(scene, "diagnose", EVIDENCE_PATIENCE_SECONDS=str(_PATIENCE_SECONDS)):
        yield


def unexplained_incident(scene: Scene) -> str:
    """An incident that nothing explains, about an event of a minute ago."""
    at = time.gmtime(time.time() - _EVENT_IS_OLD_SECONDS)
    event = drill_envelope(scene, scene.unexplained())
    return taken_in(scene, event | {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", at)})


def taken_in(scene: Scene, event: dict[str, object]) -> str:
    assert deliver(scene, event).status == "SUCCEEDED"
    record = scene.event_record(str(event["id"]))
    assert record is not None
    return record["incident_id"]


def wait_for_state(scene: Scene, incident_id: str, state: str) -> None:
    look = scene.stage.nightshift.states
    wait_for(f"state {state}", lambda: state in look(incident_id), _STARTS_WITHIN_SECONDS)


def happened_at(scene: Scene, incident_id: str) -> float:
    """When its event happened, in Unix seconds."""
    return datetime.fromisoformat(scene.incident(incident_id)["opened_at"]).timestamp()


def subjects(scene: Scene, incident_id: str) -> list[str]:
    return [one.subject for one in scene.stage.inbox.about(incident_id)]


def test_person_hears_once_what_is_known_while_evidence_is_waited_for(scene: Scene) -> None:
    with evidence_is_waited_for(scene):
        incident_id = unexplained_incident(scene)
        wait_for_state(scene, incident_id, "WaitForEvidence")
        message = scene.told(incident_id, "preliminary")
        assert scene.stage.nightshift.execution(incident_id).status == "RUNNING"
        assert "Nightshift waits until" in message
        assert "may not be in CloudTrail yet" in message
        assert f"nightshift takeover {incident_id}" in message
        assert "unsettled" in scene.incident(incident_id), "its end is still to be told"
        assert time.time() - happened_at(scene, incident_id) < _TOLD_WITHIN_SECONDS

        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    scene.told(incident_id, "escalated")
    kinds = [subject.split("] ")[-1].split(":")[0] for subject in subjects(scene, incident_id)]
    assert kinds == ["Preliminary", "Escalated"]
    states = scene.stage.nightshift.states(incident_id)
    assert states.count("NotifyPreliminary") == 1
    assert states.index("NotifyPreliminary") < states.index("WaitForEvidence")
    assert "unsettled" not in scene.incident(incident_id)
    assert scene.stage.nightshift.verify_audit().is_intact


def test_message_that_no_channel_takes_stops_nothing(scene: Scene) -> None:
    with evidence_is_waited_for(scene):
        with scene.denied(scene.role_of("notify"), "sns:Publish"):
            incident_id = unexplained_incident(scene)
            wait_for_state(scene, incident_id, "WaitForEvidence")
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    scene.told(incident_id, "escalated")
    assert not [subject for subject in subjects(scene, incident_id) if "Preliminary" in subject]
    assert scene.entries(incident_id, "notification_failed")
    assert "Notify" not in scene.outcome(incident_id)["reason"], "it is handed over for want of a cause"


def test_incident_that_is_handed_over_at_once_has_one_message(scene: Scene) -> None:
    incident_id = taken_in(scene, drill_envelope(scene, scene.unexplained()))
    assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    scene.told(incident_id, "escalated")
    assert len(subjects(scene, incident_id)) == 1
