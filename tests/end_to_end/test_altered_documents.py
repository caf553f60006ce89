"""A document's name proves nothing: what is started is the content that Nightshift was built with, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from command_line import nightshift
from function_proxy import Interference, Request, interfering
from local_aws.automation_documents import DOCUMENTS_DIR
from scene import Scene

_NAME = "Nightshift-StartInstance"
_CONTENT = (DOCUMENTS_DIR / "StartInstance.yaml").read_text()
# What somebody with `ssm:UpdateDocument` might want an incident responder to do for him.
_ALTERED = _CONTENT.replace("Api: StartInstances", "Api: TerminateInstances")


def add_version(scene: Scene) -> None:
    scene.aws.client("ssm").update_document(
        Name=_NAME, Content=_ALTERED, DocumentFormat="YAML", DocumentVersion="$LATEST"
    )


def move_default(scene: Scene) -> None:
    add_version(scene)
    scene.aws.client("ssm").update_document_default_version(Name=_NAME, DocumentVersion="2")


def make_anew(scene: Scene, content: str = _ALTERED) -> None:
    ssm = scene.aws.client("ssm")
    ssm.delete_document(Name=_NAME)
    ssm.create_document(Name=_NAME, Content=content, DocumentType="Automation", DocumentFormat="YAML")


# By the version that the message must name.
ALTERATIONS = {"2": move_default, "1": make_anew}


@contextmanager
def restored_afterwards(scene: Scene) -> Iterator[None]:
    assert _ALTERED != _CONTENT
    try:
        yield
    finally:
        make_anew(scene, _CONTENT)


def assert_refused_by_name(scene: Scene, incident_id: str, instance_id: str, version: str) -> None:
    assert scene.automations_on(instance_id) == []
    assert scene.writes_to(instance_id) == []
    assert scene.state_of(instance_id) == "stopped"
    assert scene.entries(incident_id, "action_intended", "action_started", "action_ended") == []
    assert scene.outcome(incident_id)["resolution"] == "escalated"
    message = scene.told(incident_id, "escalated")
    assert f"version {version} of the document {_NAME} is not the one that Nightshift was built with" in message
    assert "find out who updated it" in message
    assert "None: nothing was changed." in message
    assert "whether this is still running" not in message
    assert scene.stage.nightshift.verify_audit().is_intact


@pytest.mark.parametrize("version", ALTERATIONS, ids=lambda version: ALTERATIONS[version].__name__)
def test_document_altered_after_the_deployment_is_not_started(scene: Scene, version: str) -> None:
    instance_id = scene.stopped_instance(scene.application("autonomous"))
    with restored_afterwards(scene):
        ALTERATIONS[version](scene)
        incident_id = scene.drill(scene.stopped(instance_id))
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert_refused_by_name(scene, incident_id, instance_id, version)


def test_document_altered_while_approval_is_awaited_is_not_started(scene: Scene) -> None:
    instance_id = scene.stopped_instance(scene.application())
    incident_id = scene.drill(scene.stopped(instance_id))
    plan_hash = scene.wait_until_asked(incident_id)
    with restored_afterwards(scene):
        move_default(scene)
        assert nightshift(scene, "approve", incident_id, "--plan", plan_hash).exit_code == 0
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert_refused_by_name(scene, incident_id, instance_id, "2")


def assert_original_was_run(scene: Scene, incident_id: str, instance_id: str) -> None:
    assert scene.outcome(incident_id)["resolution"] == "by_nightshift", scene.outcome(incident_id)
    (automation,) = scene.automations_on(instance_id)
    assert automation["DocumentVersion"] == "1"
    assert scene.writes_to(instance_id) == ["StartInstances"]
    assert scene.state_of(instance_id) == "running"


def test_version_that_is_not_the_default_changes_nothing(scene: Scene) -> None:
    instance_id = scene.stopped_instance(scene.application("autonomous"))
    with restored_afterwards(scene):
        add_version(scene)
        incident_id = scene.drill(scene.stopped(instance_id))
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert_original_was_run(scene, incident_id, instance_id)


def test_default_version_moved_after_the_comparison_is_not_what_is_started(scene: Scene) -> None:
    instance_id = scene.stopped_instance(scene.application("autonomous"))

    def compares(request: Request) -> bool:
        return request.operation == "GetDocument"

    moving = Interference(compares, after=lambda _request: move_default(scene), subjects=[_NAME])
    with restored_afterwards(scene), interfering(scene, "remediate", moving):
        incident_id = scene.drill(scene.stopped(instance_id))
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert moving.happened
    assert_original_was_run(scene, incident_id, instance_id)
