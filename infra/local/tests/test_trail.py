"""CloudTrail's records are those of AWS."""

import json

import pytest

from local_aws import allow


def _newest_event(aws, key, value) -> tuple[dict, dict]:
    found = aws.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}], MaxResults=1
    )["Events"]
    assert found, f"no event with {key} {value}"
    return found[0], json.loads(found[0]["CloudTrailEvent"])


def test_trail_names_the_role_session_that_called(aws, name):
    caller = aws.create_role_session(name, allow("ssm:*"))
    aws.client("ssm", caller).put_parameter(Name=name, Value="hush", Type="String")
    _, event = _newest_event(aws, "AccessKeyId", caller.access_key_id)
    assert (event["eventSource"], event["eventName"], event["readOnly"]) == ("ssm.amazonaws.com", "PutParameter", False)
    assert event["userIdentity"]["type"] == "AssumedRole"
    assert event["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"] == name
    assert event["requestParameters"]["name"] == name
    assert "hush" not in str(event)


def test_trail_tells_which_version_of_a_parameter_a_call_wrote(aws, name):
    ssm = aws.client("ssm")
    for version in (1, 2):
        ssm.put_parameter(Name=name, Value="hush", Type="String", Overwrite=True)
        found = aws.client("cloudtrail").lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "PutParameter"}]
        )["Events"]
        events = [json.loads(one["CloudTrailEvent"]) for one in found]
        newest = next(one for one in events if one["requestParameters"]["name"] == name)
        assert newest["responseElements"]["version"] == version
        assert "hush" not in str(newest)


def test_trail_has_the_call_that_was_denied_and_the_one_that_failed(aws, name):
    caller = aws.create_user(name, allow("ssm:GetParameter"))
    ssm = aws.client("ssm", caller)
    for call, code in [
        (lambda: ssm.put_parameter(Name=name, Value="x", Type="String"), "AccessDeniedException"),
        (lambda: ssm.get_parameter(Name=name), "ParameterNotFound"),
    ]:
        with pytest.raises(Exception, match=code):
            call()
        listed, event = _newest_event(aws, "Username", name)
        assert event["errorCode"] == code
        assert event["userIdentity"]["userName"] == listed["Username"] == name


def test_trail_names_lambda_and_ec2_calls_and_their_resources(aws):
    ec2 = aws.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    ec2.stop_instances(InstanceIds=[instance])
    _, event = _newest_event(aws, "ResourceName", instance)
    assert event["eventName"] == "StopInstances"
    assert event["requestParameters"]["instancesSet"]["items"] == [{"instanceId": instance}]
    with pytest.raises(Exception, match="ResourceNotFound"):
        aws.client("lambda").update_alias(FunctionName="no-function", Name="live", FunctionVersion="1")
    _, event = _newest_event(aws, "ResourceName", "no-function")
    assert event["eventName"] == "UpdateAlias20150331"
    assert event["requestParameters"] == {"functionName": "no-function", "name": "live", "functionVersion": "1"}


def test_trail_has_no_data_events(aws, name):
    aws.client("cloudwatch").put_metric_data(Namespace=name, MetricData=[{"MetricName": "m", "Value": 1}])
    found = aws.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "PutMetricData"}]
    )
    assert not found["Events"]


def test_trail_has_what_a_model_was_asked_as_a_read(aws, name):
    session = aws.create_role_session(name, allow("bedrock:InvokeModel"))
    messages = [{"role": "user", "content": [{"text": "?"}]}]
    aws.client("bedrock-runtime", session).converse(modelId="amazon.nova-lite-v1:0", messages=messages)
    _, event = _newest_event(aws, "AccessKeyId", session.access_key_id)
    assert (event["eventSource"], event["eventName"], event["readOnly"]) == ("bedrock.amazonaws.com", "Converse", True)


def test_event_is_listed_only_after_the_lag(aws, name, eventually):
    trail = aws.client("cloudtrail")
    attribute = {"AttributeKey": "EventName", "AttributeValue": "PutParameter"}

    def is_listed() -> bool:
        events = trail.lookup_events(LookupAttributes=[attribute])["Events"]
        return any(name in event["CloudTrailEvent"] for event in events)

    with aws.settings(trail_lag_seconds=1.0):
        aws.client("ssm").put_parameter(Name=name, Value="x", Type="String")
        assert not is_listed()
        eventually(is_listed)
