"""A person's decision about a plan counts once, for that plan, in time, and is on record."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from command_line import nightshift
from demo.deployment import PARAMETERS, STACK
from local_aws import Credentials, allow
from scene import Scene

_SHORT_WINDOW_SECONDS = 2


@pytest.fixture
def stopped(scene: Scene) -> str:
    """An instance of an application whose every action asks."""
    return scene.stopped_instance(scene.application())


@pytest.fixture(scope="session")
def approver(scene: Scene) -> Credentials:
    """A user with the stack's policy for approvers and nothing else."""
    iam = scene.aws.client("iam")
    iam.create_user(UserName="ada")
    iam.attach_user_policy(UserName="ada", PolicyArn=scene.outputs["ApproverPolicyArn"])
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def assert_untouched(scene: Scene, instance_id: str) -> None:
    assert scene.automations_on(instance_id) == []
    assert scene.writes_to(instance_id) == []
    assert scene.state_of(instance_id) == "stopped"


def test_plan_denied_is_escalated_and_nothing_is_touched(scene: Scene, stopped: str, approver: Credentials) -> None:
    incident_id = scene.drill(scene.stopped(stopped))
    scene.wait_until_asked(incident_id)
    assert nightshift(scene, "deny", incident_id, caller=approver).exit_code == 0
    assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert_untouched(scene, stopped)
    assert scene.outcome(incident_id)["resolution"] == "escalated"
    (refused,) = scene.entries(incident_id, "approval_refused")
    assert refused.content["by"].endswith(":user/ada")
    assert "user/ada" in scene.told(incident_id, "escalated")


def test_plan_approved_twice_is_done_once(scene: Scene, stopped: str, approver: Credentials) -> None:
    incident_id = scene.drill(scene.stopped(stopped))
    plan_hash = scene.wait_until_asked(incident_id)
    assert nightshift(scene, "approve", incident_id, "--plan", plan_hash, caller=approver).exit_code == 0
    # While the first one is under way, and when all is over.
    nightshift(scene, "approve", incident_id, "--plan", plan_hash, caller=approver)
    assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    late = nightshift(scene, "approve", incident_id, "--plan", plan_hash, caller=approver)
    assert late.exit_code == 1
    assert "recorded as approved, but no execution is waiting for it" in late.error
    assert scene.outcome(incident_id)["resolution"] == "by_nightshift"
    assert len(scene.automations_on(stopped)) == 1
    assert scene.writes_to(stopped) == ["StartInstances"]
    (given,) = scene.entries(incident_id, "approval_given")
    assert given.content["by"].endswith(":user/ada")


def test_plan_approved_cannot_be_denied_any_more(scene: Scene, stopped: str, approver: Credentials) -> None:
    incident_id = scene.drill(scene.stopped(stopped))
    plan_hash = scene.wait_until_asked(incident_id)
    assert nightshift(scene, "approve", incident_id, "--plan", plan_hash, caller=approver).exit_code == 0
    denied = nightshift(scene, "deny", incident_id, "--plan", plan_hash, caller=approver)
    assert denied.exit_code == 1
    assert "approved by" in denied.error
    scene.wait_until_ended(incident_id)
    assert scene.outcome(incident_id)["resolution"] == "by_nightshift"


def test_approval_of_another_plan_or_by_nobody_special_changes_nothing(
    scene: Scene, stopped: str, approver: Credentials
) -> None:
    incident_id = scene.drill(scene.stopped(stopped))
    plan_hash = scene.wait_until_asked(incident_id)

    other = nightshift(scene, "approve", incident_id, "--plan", "0" * 64, caller=approver)
    assert other.exit_code == 2
    assert "no plan 000000" in other.error
    reading = allow("cloudformation:DescribeStacks", "dynamodb:GetItem", "dynamodb:Query")
    nobody = scene.aws.create_user("mallory", reading)
    refused = nightshift(scene, "approve", incident_id, "--plan", plan_hash, caller=nobody)
    assert refused.exit_code == 1
    assert "PutItem" in refused.error
    unsure = nightshift(scene, "approve", incident_id, caller=approver)
    assert unsure.exit_code == 2
    assert "--plan" in unsure.error

    assert scene.stage.nightshift.plan_to_approve(incident_id) == plan_hash
    assert_untouched(scene, stopped)
    assert nightshift(scene, "deny", incident_id, caller=approver).exit_code == 0
    scene.wait_until_ended(incident_id)


def test_plan_altered_in_the_table_can_be_neither_approved_nor_run(
    scene: Scene, stopped: str, approver: Credentials
) -> None:
    victim = scene.stopped_instance(scene.application())
    incident_id = scene.drill(scene.stopped(stopped))
    plan_hash = scene.wait_until_asked(incident_id)
    plan = scene.item(f"PLAN#{incident_id}", plan_hash)
    scene.put_item(plan | {"parameters": {"InstanceId": victim}})

    refused = nightshift(scene, "approve", incident_id, "--plan", plan_hash, caller=approver)
    assert refused.exit_code == 1
    assert "altered" in refused.error
    assert_untouched(scene, victim)
    assert nightshift(scene, "deny", incident_id, "--plan", plan_hash, caller=approver).exit_code == 0
    scene.wait_until_ended(incident_id)
    assert_untouched(scene, stopped)


def test_approval_in_the_table_without_its_record_in_the_ledger_runs_nothing(scene: Scene, stopped: str) -> None:
    """As somebody who may write approvals could give one, past Nightshift."""
    incident_id = scene.drill(scene.stopped(stopped))
    plan_hash = scene.wait_until_asked(incident_id)
    request = scene.item(f"APPROVAL#{incident_id}", plan_hash)
    assert request is not None
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    decision = {"state": "approved", "by": "arn:aws:iam::123456789012:user/mallory", "at": now}
    # Nine digits, as crates/aws/src/time.rs writes them.
    whole, _, fraction = request["requested_at"].rstrip("Z").partition(".")
    key = {"pk": f"DECISION#{incident_id}", "sk": f"{plan_hash}#{whole}.{fraction:0<9}Z"}
    known = {name: request[name] for name in ("incident_id", "plan_hash", "requested_at")}
    scene.put_item(known | key | {"decision": decision})
    scene.aws.client("stepfunctions").send_task_success(taskToken=request["task_token"], output=json.dumps({"result": "approved", "by": decision["by"]}))
    assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert_untouched(scene, stopped)
    assert scene.outcome(incident_id)["resolution"] == "escalated"
    told = scene.told(incident_id, "escalated")
    assert "not in the ledger" in told, told


@pytest.fixture
def short_window(scene: Scene) -> Iterator[None]:
    """As a deployment with a smaller ApprovalWindowSeconds has it."""
    functions, machines = scene.aws.client("lambda"), scene.aws.client("stepfunctions")
    name, arn = f"{STACK}-approve", scene.outputs["IncidentStateMachineArn"]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    definition = machines.describe_state_machine(stateMachineArn=arn)["definition"]
    window = PARAMETERS["ApprovalWindowSeconds"]
    waits = f'"TimeoutSeconds": "{{% {window} %}}"'
    assert definition.count(waits) == 1

    def deploy(seconds: str) -> None:
        environment = {"Variables": variables | {"APPROVAL_WINDOW_SECONDS": seconds}}
        functions.update_function_configuration(FunctionName=name, Environment=environment)
        functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
        changed = definition.replace(waits, waits.replace(window, seconds))
        machines.update_state_machine(stateMachineArn=arn, definition=changed)

    deploy(str(_SHORT_WINDOW_SECONDS))
    yield
    deploy(window)


def test_approval_that_comes_too_late_is_refused_and_the_incident_is_escalated(
    scene: Scene, stopped: str, approver: Credentials, short_window: None
) -> None:
    incident_id = scene.drill(scene.stopped(stopped))
    plan_hash = scene.wait_until_asked(incident_id)
    assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert scene.outcome(incident_id)["resolution"] == "escalated"
    assert [entry.content["plan_hash"] for entry in scene.entries(incident_id, "approval_expired")] == [plan_hash]
    assert "expired_at" in scene.item(f"APPROVAL#{incident_id}", plan_hash)
    assert "approval window" in scene.told(incident_id, "escalated")

    late = nightshift(scene, "approve", incident_id, "--plan", plan_hash, caller=approver)
    assert late.exit_code == 1
    assert "expired" in late.error
    assert scene.entries(incident_id, "approval_given") == []
    assert_untouched(scene, stopped)
