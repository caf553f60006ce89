"""Calls need the permission, on the resource, that AWS asks for."""


import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from local_aws import allow

_ARN = "arn:aws:{service}:us-east-1:123456789012:{resource}"


@pytest.mark.parametrize(
    ("call", "action"),
    [
        (lambda functions: functions.get_alias(FunctionName="f", Name="live"), "GetAlias"),
        (lambda functions: functions.update_alias(FunctionName="f", Name="live", FunctionVersion="1"), "UpdateAlias"),
        (lambda functions: functions.list_aliases(FunctionName="f"), "ListAliases"),
        (lambda functions: functions.get_function_configuration(FunctionName="f"), "GetFunctionConfiguration"),
        (lambda functions: functions.get_function_concurrency(FunctionName="f"), "GetFunctionConcurrency"),
        (lambda functions: functions.put_function_event_invoke_config(FunctionName="f"), "PutFunctionEventInvokeConfig"),
        (lambda functions: functions.invoke(FunctionName="f"), "InvokeFunction"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_lambda_call_needs_the_permission_of_its_name(aws, name, call, action):
    everything_else = allow("lambda:*")
    everything_else["Statement"].append({"Effect": "Deny", "Action": f"lambda:{action}", "Resource": "*"})
    for policy, code in [(allow(f"lambda:{action}"), "ResourceNotFound"), (everything_else, "AccessDenied")]:
        session = aws.create_user(f"{name}-{code}", policy)
        with pytest.raises(Exception, match=code):
            call(aws.client("lambda", session))


_SCOPED_CALLS = {
    "ssm:GetParameter of a version": (
        "ssm", "get_parameter", {"Name": "/a/b:1"}, "ssm:GetParameter", ":parameter/a/b"),
    "ssm:GetParameters": ("ssm", "get_parameters", {"Names": ["/a/b"]}, "ssm:GetParameters", ":parameter/a/b"),
    "ssm:GetParametersByPath": (
        "ssm", "get_parameters_by_path", {"Path": "/a/"}, "ssm:GetParametersByPath", ":parameter/a"),
    "ecs:UpdateService": (
        "ecs", "update_service", {"cluster": "c", "service": "s"}, "ecs:UpdateService", ":service/c/s"),
    "ecs:DescribeServices": (
        "ecs", "describe_services", {"cluster": "c", "services": ["s"]}, "ecs:DescribeServices", ":service/c/s"),
    "cloudwatch:DescribeAlarms": ("cloudwatch", "describe_alarms", {}, "cloudwatch:DescribeAlarms", ":alarm:*"),
    "lambda:InvokeFunction of an alias": (
        "lambda", "invoke", {"FunctionName": "f", "Qualifier": "live"}, "lambda:InvokeFunction", ":function:f:live"),
    "logs:FilterLogEvents": (
        "logs", "filter_log_events", {"logGroupName": "g"}, "logs:FilterLogEvents", ":log-group:g:*"),
    "bedrock:InvokeModel": (
        "bedrock-runtime", "converse",
        {"modelId": "amazon.nova-lite-v1:0", "messages": [{"role": "user", "content": [{"text": "x"}]}]},
        "bedrock:InvokeModel", "::foundation-model/amazon.nova-lite-v1:0"),
}  # fmt: skip


@pytest.mark.parametrize("case", _SCOPED_CALLS)
def test_policy_scoped_to_the_resource_suffices_and_another_does_not(aws, name, case):
    service, operation, arguments, action, resource = _SCOPED_CALLS[case]
    # The resource's own service is the action's prefix, whatever the client is called.
    owner = action.partition(":")[0]
    scoped = f"arn:aws:{owner}:*{resource}" if resource.startswith("::") else f"arn:aws:{owner}:*:*{resource}"
    for suffix, allowed in [(resource, True), (f"{resource}-other", False)]:
        user = aws.create_user(f"{name}-{allowed}", allow(action, resource=scoped.replace(resource, suffix)))
        assert _is_denied(aws.client(service, user), operation, arguments) is not allowed


def test_cloudwatch_in_cbor_needs_its_permission(aws, name):
    """As the Rust SDK calls it."""
    for action, status in [("cloudwatch:DescribeAlarms", 200), ("cloudwatch:GetMetricData", 403)]:
        caller = aws.create_user(f"{name}-{status}", allow(action))
        request = AWSRequest(
            "POST",
            f"{aws.endpoint}/service/GraniteServiceVersion20100801/operation/DescribeAlarms",
            headers={"Content-Type": "application/cbor", "Smithy-Protocol": "rpc-v2-cbor"},
            data=b"\xa0",
        )
        credentials = Credentials(caller.access_key_id, caller.secret_access_key)
        SigV4Auth(credentials, "monitoring", aws.region).add_auth(request)
        assert URLLib3Session().send(request.prepare()).status_code == status


def _is_denied(client, operation: str, arguments: dict) -> bool:
    try:
        getattr(client, operation)(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
    return False


def test_policy_on_a_resource_tag_sees_instances_and_services(aws, name, ecs_service):
    ec2, ecs = aws.client("ec2"), aws.client("ecs")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    service = ecs_service("web:better", breaker=None)["serviceArn"]
    policy = allow("ec2:StopInstances", "ecs:UpdateService")
    policy["Statement"][0]["Condition"] = {"StringEquals": {"aws:ResourceTag/app": name}}
    user = aws.create_user(name, policy)
    calls = [
        (aws.client("ec2", user), "stop_instances", {"InstanceIds": [instance]}),
        (aws.client("ecs", user), "update_service", {"cluster": name, "service": name, "desiredCount": 1}),
    ]
    assert all(_is_denied(*call) for call in calls)
    ec2.create_tags(Resources=[instance], Tags=[{"Key": "app", "Value": name}])
    ecs.tag_resource(resourceArn=service, tags=[{"key": "app", "value": name}])
    assert not any(_is_denied(*call) for call in calls)
