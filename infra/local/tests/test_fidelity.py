"""Smaller corrections to MiniStack answer as AWS does."""

import json

import pytest
from botocore.exceptions import ClientError


def _alarm(name: str) -> dict:
    return {
        "AlarmName": name, "Namespace": name, "MetricName": "Errors", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
        "Dimensions": [{"Name": "Service", "Value": "web"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("service", "call"), [("codedeploy", "list_deployments"), ("service-quotas", "list_services"), ("health", "describe_events")]
)
def test_service_that_is_not_here_is_refused_and_is_no_bucket(aws, service, call):
    with pytest.raises(ClientError) as refused:
        getattr(aws.client(service), call)()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "NoSuchBucket" not in str(refused.value)


def test_stack_is_found_by_a_resource_of_it(aws, name):
    cloudformation = aws.client("cloudformation")
    template = {"Resources": {"Orders": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "1", "Name": name}}}}
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    (found,) = cloudformation.describe_stack_resources(PhysicalResourceId=name)["StackResources"]
    assert (found["StackName"], found["LogicalResourceId"]) == (name, "Orders")
    with pytest.raises(ClientError, match=f"Stack for {name}-2 does not exist"):
        cloudformation.describe_stack_resources(PhysicalResourceId=f"{name}-2")


def test_tagged_resources_are_found_by_tag(aws, name):
    aws.client("ssm").put_parameter(Name=name, Value="x", Type="String", Tags=[{"Key": "app", "Value": name}])
    ec2 = aws.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "app", "Value": name}]}]
    ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=tags)
    aws.client("cloudwatch").put_metric_alarm(**_alarm(name), Tags=[{"Key": "app", "Value": name}])
    found = aws.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "app", "Values": [name]}])
    kinds = sorted(entry["ResourceARN"].split(":")[2] for entry in found["ResourceTagMappingList"])
    assert kinds == ["cloudwatch", "ec2", "ssm"]


def test_alarm_looks_at_its_own_dimensions(aws, name, eventually):
    cloudwatch = aws.client("cloudwatch")
    # Only the second one's dimensions have data, so once it fires, the first one had its chance to.
    for service in ("web", "other"):
        alarm = _alarm(name) | {"AlarmName": f"{name}-{service}", "Dimensions": [{"Name": "Service", "Value": service}]}
        cloudwatch.put_metric_alarm(**alarm)
    dimensions = [{"Name": "Service", "Value": "other"}]
    cloudwatch.put_metric_data(
        Namespace=name, MetricData=[{"MetricName": "Errors", "Value": 5, "Dimensions": dimensions}]
    )

    def states():
        described = cloudwatch.describe_alarms(AlarmNamePrefix=name)["MetricAlarms"]
        return {alarm["AlarmName"].removeprefix(f"{name}-"): alarm["StateValue"] for alarm in described}

    eventually(lambda: states()["other"] == "ALARM")
    assert states()["web"] == "INSUFFICIENT_DATA"
