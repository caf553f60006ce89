"""An instance with an encrypted volume needs the starter's permission to let EC2 use the key."""

import json

import pytest

from local_aws import allow


@pytest.fixture
def key(aws) -> str:
    """ARN."""
    return aws.client("kms").create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def instance(aws, key):
    """Id of a stopped instance with a volume under the key."""
    ec2 = aws.client("ec2")
    instance_id = ec2.run_instances(ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    volume = ec2.create_volume(AvailabilityZone=f"{aws.region}a", Size=1, Encrypted=True, KmsKeyId=key)
    assert volume["KmsKeyId"] == key
    ec2.attach_volume(VolumeId=volume["VolumeId"], InstanceId=instance_id, Device="/dev/sdf")
    assert ec2.describe_volumes(VolumeIds=[volume["VolumeId"]])["Volumes"][0]["KmsKeyId"] == key
    ec2.stop_instances(InstanceIds=[instance_id])
    return instance_id


def _start(aws, name: str, instance: str, *statements: dict) -> str:
    """Starts it as somebody with these permissions too; the state that EC2 answers."""
    policy = allow("ec2:StartInstances")
    policy["Statement"] += list(statements)
    starter = aws.create_role_session(f"starter-{name}", policy)
    started = aws.client("ec2", starter).start_instances(InstanceIds=[instance])
    return started["StartingInstances"][0]["CurrentState"]["Name"]


def _describe(aws, instance: str) -> dict:
    return aws.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]


def test_start_without_grant_is_accepted_and_then_stopped(aws, name, key, instance, eventually):
    assert _start(aws, name, instance) == "pending"
    assert _describe(aws, instance)["State"]["Name"] == "pending"
    eventually(lambda: _describe(aws, instance)["State"]["Name"] == "stopped")
    reason = {"Code": "Client.InternalError", "Message": "Client.InternalError: Client error on launch"}
    assert _describe(aws, instance)["StateReason"] == reason
    attribute = {"AttributeKey": "EventName", "AttributeValue": "CreateGrant"}
    events = aws.client("cloudtrail").lookup_events(LookupAttributes=[attribute])["Events"]
    (record,) = [json.loads(event["CloudTrailEvent"]) for event in events if key in event["CloudTrailEvent"]]
    assert record["errorCode"] == "AccessDenied"
    assert f"starter-{name}" in record["errorMessage"]


@pytest.mark.parametrize(
    ("condition", "state"),
    [
        ({}, "running"),
        ({"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}}, "running"),
        ({"Bool": {"kms:GrantIsForAWSResource": "true"}}, "running"),
        ({"StringEquals": {"kms:ViaService": "rds.us-east-1.amazonaws.com"}}, "pending"),
    ],
)
def test_start_with_grant_runs_within_the_grants_conditions(aws, name, key, instance, condition, state):
    grant = {"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": key}
    assert _start(aws, name, instance, grant | ({"Condition": condition} if condition else {})) == state


def test_start_of_an_instance_whose_volumes_name_no_key_needs_no_grant(aws, name):
    ec2 = aws.client("ec2")
    instance_id = ec2.run_instances(ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    volume = ec2.create_volume(AvailabilityZone=f"{aws.region}a", Size=1, Encrypted=True)
    ec2.attach_volume(VolumeId=volume["VolumeId"], InstanceId=instance_id, Device="/dev/sdf")
    ec2.stop_instances(InstanceIds=[instance_id])
    assert _start(aws, name, instance_id) == "running"


def test_start_after_the_grant_was_given_runs_and_has_no_reason(aws, name, key, instance, eventually):
    _start(aws, name, instance)
    eventually(lambda: _describe(aws, instance)["State"]["Name"] == "stopped")
    aws.client("ec2").start_instances(InstanceIds=[instance])
    assert _describe(aws, instance)["State"]["Name"] == "running"
    assert "StateReason" not in _describe(aws, instance)
