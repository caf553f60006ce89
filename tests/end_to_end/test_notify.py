"""A human always hears: on the next channel, by the rule on broken executions, and once a channel is back."""

import json
from collections.abc import Iterator

import pytest

from demo.deployment import STACK
from demo.waiting import wait_for
from scene import Scene

_HEARD_WITHIN_SECONDS = 20.0


def notifications(scene: Scene, incident_id: str) -> list[tuple[str, str, str]]:
    """The ledger's entries of each message: outcome, occasion and channel."""
    kinds = ("notification_intended", "notification_failed", "notification_delivered")
    return [
        (entry.kind.removeprefix("notification_"), entry.content["occasion"], entry.content["channel"])
        for entry in scene.entries(incident_id, *kinds)
    ]


@pytest.fixture
def channels(scene: Scene) -> tuple[str, str]:
    """The names that the ledger has for them."""
    alert, fallback = (scene.outputs[name].rpartition(":")[2] for name in ("AlertTopicArn", "FallbackTopicArn"))
    return f"sns:{alert}", f"sns:{fallback}"


@pytest.fixture
def alert_topic_deleted(scene: Scene) -> Iterator[None]:
    sns, topic = scene.aws.client("sns"), scene.outputs["AlertTopicArn"]
    subscribed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    sns.delete_topic(TopicArn=topic)
    yield
    assert sns.create_topic(Name=topic.rpartition(":")[2])["TopicArn"] == topic
    for one in subscribed:
        sns.subscribe(TopicArn=topic, Protocol=one["Protocol"], Endpoint=one["Endpoint"])


@pytest.fixture
def alert_topic_without_subscribers(scene: Scene) -> Iterator[None]:
    sns, topic = scene.aws.client("sns"), scene.outputs["AlertTopicArn"]
    subscribed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    for one in subscribed:
        sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])
    yield
    for one in subscribed:
        sns.subscribe(TopicArn=topic, Protocol=one["Protocol"], Endpoint=one["Endpoint"])


def assert_heard_on_the_fallback(scene: Scene, incident_id: str, channels: tuple[str, str]) -> None:
    alert, fallback = channels
    message = scene.stage.inbox.wait_for(incident_id, "escalated")
    assert f"sns:{message.topic}" == fallback
    assert notifications(scene, incident_id) == [
        ("intended", "escalated", alert),
        ("failed", "escalated", alert),
        ("intended", "escalated", fallback),
        ("delivered", "escalated", fallback),
    ]
    assert scene.item(f"DELIVERY#{incident_id}", "escalated")["channel"] == fallback


def test_first_channel_denied_is_heard_on_the_fallback(scene: Scene, channels: tuple[str, str]) -> None:
    with scene.denied(scene.role_of("notify"), "sns:Publish", resource=scene.outputs["AlertTopicArn"]):
        incident_id = scene.drill(scene.unexplained())
        assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert_heard_on_the_fallback(scene, incident_id, channels)


def test_first_channel_deleted_is_heard_on_the_fallback(
    scene: Scene, channels: tuple[str, str], alert_topic_deleted: None
) -> None:
    incident_id = scene.drill(scene.unexplained())
    assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert_heard_on_the_fallback(scene, incident_id, channels)


def test_first_channel_that_nobody_has_subscribed_to_is_heard_on_the_fallback(
    scene: Scene, channels: tuple[str, str], alert_topic_without_subscribers: None
) -> None:
    incident_id = scene.drill(scene.unexplained())
    assert scene.wait_until_ended(incident_id) == "SUCCEEDED"
    assert_heard_on_the_fallback(scene, incident_id, channels)


def test_all_channels_failing_is_loud_and_heard_once_one_is_back(scene: Scene, channels: tuple[str, str]) -> None:
    def tried(occasion: str) -> bool:
        return [("failed", occasion, channel) for channel in channels] == [
            one for one in notifications(scene, incident_id) if one[:2] == ("failed", occasion)
        ]

    with scene.denied(scene.role_of("notify"), "sns:Publish"):
        incident_id = scene.drill(scene.unexplained())
        assert scene.wait_until_ended(incident_id) == "FAILED"
        failure = scene.history(incident_id)[-1]["executionFailedEventDetails"]
        assert failure["error"] == "Nightshift.HandoverFailed"
        assert tried("escalated")
        # The rule on failed executions calls the function, which tries both once more.
        wait_for("the rule's try", lambda: tried("execution_broken"), _HEARD_WITHIN_SECONDS)
    # Left open it would swallow the next alarm of its kind.
    assert scene.outcome(incident_id)["resolution"] == "escalated"
    assert scene.stage.inbox.about(incident_id) == []

    # Here Lambda does not repeat an asynchronous call that failed; on AWS it does, twice, with the same input.
    repeat_the_rules_call(scene, incident_id)
    assert "nightshift failed" in scene.stage.inbox.wait_for(incident_id, "nightshift failed").subject.lower()
    repeat_the_rules_call(scene, incident_id)
    assert len(scene.stage.inbox.about(incident_id)) == 1, "a message that was delivered is not sent again"
    assert scene.stage.nightshift.verify_audit().is_intact


def repeat_the_rules_call(scene: Scene, incident_id: str) -> None:
    call = {
        "occasion": "execution_broken",
        "incident_id": incident_id,
        "status": "FAILED",
        "execution_arn": scene.execution_arn(incident_id),
    }
    answer = scene.aws.client("lambda").invoke(FunctionName=f"{STACK}-notify", Payload=json.dumps(call))
    assert "FunctionError" not in answer, answer["Payload"].read()


def test_approval_request_that_nobody_heard_is_escalated(scene: Scene, channels: tuple[str, str]) -> None:
    """A request that nobody hears of would only wait for its expiry."""
    instance_id = scene.stopped_instance(scene.application())
    with scene.denied(scene.role_of("notify"), "sns:Publish"):
        incident_id = scene.drill(scene.stopped(instance_id))

        def both_failed() -> bool:
            failed = [one for one in notifications(scene, incident_id) if one[:2] == ("failed", "approval_needed")]
            return len(failed) == len(channels)

        wait_for("both channels to fail", both_failed, _HEARD_WITHIN_SECONDS)
        status = scene.wait_until_ended(incident_id)
    assert status == "FAILED"
    assert scene.outcome(incident_id)["resolution"] == "escalated"
    assert scene.entries(incident_id, "approval_requested") == []
    assert scene.automations_on(instance_id) == []


def test_execution_aborted_by_hand_is_heard_and_ends_the_incident(scene: Scene) -> None:
    instance_id = scene.stopped_instance(scene.application())
    incident_id = scene.drill(scene.stopped(instance_id))
    scene.wait_until_asked(incident_id)
    scene.aws.client("stepfunctions").stop_execution(executionArn=scene.execution_arn(incident_id))
    assert "ABORTED" in scene.told(incident_id, "nightshift failed")
    assert scene.outcome(incident_id)["resolution"] == "escalated"
    assert scene.state_of(instance_id) == "stopped"


def test_store_that_cannot_be_written_does_not_silence_the_escalation(scene: Scene) -> None:
    """Hearing wins over recording where there is nobody left to hand over to."""
    event = scene.unexplained()
    with scene.denied(scene.role_of("notify"), "dynamodb:PutItem", "dynamodb:UpdateItem"):
        incident_id = scene.drill(event)
        assert scene.stage.inbox.wait_for(incident_id, "escalated")
        scene.wait_until_ended(incident_id)
    # Here Lambda does not repeat an asynchronous call that failed; on AWS it does, and that ends the incident.
    repeat_the_rules_call(scene, incident_id)
    assert scene.outcome(incident_id)["resolution"] == "escalated"
