"""Rules that take the events of one account and region only, as the intake's do."""

import json

import pytest


@pytest.fixture
def received(aws, name):
    """Sends an event past a rule for this account and region; how many messages the rule let through."""
    events, sqs = aws.client("events"), aws.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def put(account: str, region: str) -> int:
        pattern = {"account": [account], "region": [region], "source": [name], "detail-type": ["Drill"]}
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
        events.put_events(Entries=[{"Source": name, "DetailType": "Drill", "Detail": "{}"}])
        return len(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []))

    return put


def test_rule_for_this_account_and_region_takes_its_events(aws, received):
    assert received(aws.account, aws.region) == 1


def test_rule_for_another_account_or_region_takes_nothing(aws, received):
    assert received("210987654321", aws.region) == 0
    assert received(aws.account, "eu-north-1") == 0
