"""The launcher's corrections to MiniStack answer as AWS does."""

import json
import time

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

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


_READ = ("aws-sdk:ssm:getParameter", {"Name": "{name}"})
_ARN = "arn:aws:{service}:us-east-1:123456789012:{resource}"


@pytest.mark.parametrize(
    ("integration", "arguments", "action", "resource"),
    [
        (*_READ, "ssm:GetParameter", _ARN.format(service="ssm", resource="parameter/{name}")),
        ("dynamodb:putItem", {"TableName": "{name}", "Item": {"pk": {"S": "x"}}}, "dynamodb:PutItem",
         _ARN.format(service="dynamodb", resource="table/{name}")),
        ("aws-sdk:dynamodb:getItem", {"TableName": "{name}", "Key": {"pk": {"S": "x"}}}, "dynamodb:GetItem",
         _ARN.format(service="dynamodb", resource="table/{name}")),
        ("events:putEvents", {"Entries": [{"Source": "s", "DetailType": "d", "Detail": {}}]}, "events:PutEvents",
         _ARN.format(service="events", resource="event-bus/default")),
        ("aws-sdk:cloudwatch:describeAlarms", {}, "cloudwatch:DescribeAlarms", "*"),
        ("aws-sdk:cloudwatch:describeAlarms", {}, "cloudwatch:DescribeAlarms",
         _ARN.format(service="cloudwatch", resource="alarm:*")),
    ],
)  # fmt: skip
def test_state_machine_runs_with_exactly_its_roles_permission(aws, name, integration, arguments, action, resource):
    aws.client("ssm").put_parameter(Name=name, Value="x", Type="String")
    aws.client("dynamodb").create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )  # fmt: skip
    arguments = json.loads(json.dumps(arguments).replace("{name}", name))
    exact = aws.create_role(name, allow(action, resource=resource.replace("{name}", name)), "states.amazonaws.com")
    other = aws.create_role(f"{name}-other", allow("s3:ListBucket"), "states.amazonaws.com")
    assert _run_task(aws, exact, integration, arguments)["status"] == "SUCCEEDED"
    refused = _run_task(aws, other, integration, arguments)
    assert refused["status"] == "FAILED"
    assert action in refused["cause"]


@pytest.mark.parametrize(
    ("trusted", "policy"),
    [
        ("states.amazonaws.com", allow("ssm:GetParameter", resource="arn:aws:ssm:*:*:parameter/other")),
        ("lambda.amazonaws.com", allow("*")),
    ],
)
def test_state_machine_of_a_role_for_something_else_fails(aws, name, trusted, policy):
    aws.client("ssm").put_parameter(Name=name, Value="x", Type="String")
    role = aws.create_role(name, policy, trusted)
    assert _run_task(aws, role, _READ[0], {"Name": name})["status"] == "FAILED"


def _run_task(aws, role: str, integration: str, arguments: dict) -> dict:
    """A finished execution of a machine whose only state is this task."""
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{integration}", "Arguments": arguments, "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "Task", "States": {"Task": task}}
    machines = aws.client("stepfunctions")
    machine = machines.create_state_machine(
        name=role.rsplit("/", 1)[-1], definition=json.dumps(definition), roleArn=role
    )["stateMachineArn"]
    execution = machines.start_execution(stateMachineArn=machine)["executionArn"]
    deadline = time.monotonic() + 10
    while (found := machines.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def _alarm(name: str) -> dict:
    return {
        "AlarmName": name, "Namespace": name, "MetricName": "Errors", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
        "Dimensions": [{"Name": "Service", "Value": "web"}],
    }  # fmt: skip


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


@pytest.mark.parametrize(
    ("trusted", "policy", "started"),
    [
        ("events.amazonaws.com", allow("states:StartExecution"), 1),
        ("events.amazonaws.com", allow("states:ListExecutions"), 0),
        ("lambda.amazonaws.com", allow("*"), 0),
    ],
)
def test_event_starts_a_machine_only_as_a_role_that_may(aws, name, eventually, trusted, policy, started):
    machines, events = aws.client("stepfunctions"), aws.client("events")
    definition = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    machine_role = aws.create_role(f"{name}-machine", allow("logs:*"), "states.amazonaws.com")
    target_role = aws.create_role(f"{name}-target", policy, trusted)
    permitted_role = aws.create_role(f"{name}-permitted", allow("states:StartExecution"), "events.amazonaws.com")
    arns = [
        machines.create_state_machine(name=f"{name}-{part}", definition=definition, roleArn=machine_role)["stateMachineArn"]
        for part in ("tested", "control")
    ]
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    targets = [
        {"Id": role.rsplit("-", 1)[-1], "Arn": arn, "RoleArn": role}
        for arn, role in zip(arns, (target_role, permitted_role), strict=True)
    ]
    events.put_targets(Rule=name, Targets=targets)
    events.put_events(Entries=[{"Source": name, "DetailType": "x", "Detail": "{}"}])

    def executions(arn):
        return machines.list_executions(stateMachineArn=arn)["executions"]

    # Targets are delivered in turn, so once the second one has started the first one is decided.
    eventually(lambda: executions(arns[1]))
    assert len(executions(arns[0])) == started


@pytest.fixture
def ecs_service(aws, name):
    """Deploys `image` to a service that runs well; describes what is there then."""
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName=name)

    def register(image: str) -> str:
        containers = [{"name": "web", "image": image, "memory": 64}]
        definition = ecs.register_task_definition(family=name, containerDefinitions=containers)
        return definition["taskDefinition"]["taskDefinitionArn"]

    def deploy(image: str, breaker: dict | None) -> dict:
        settings = {"deploymentCircuitBreaker": breaker} if breaker else {}
        ecs.create_service(
            cluster=name, serviceName=name, taskDefinition=register("web:good"), desiredCount=2,
            deploymentConfiguration=settings,
        )  # fmt: skip
        ecs.update_service(cluster=name, service=name, taskDefinition=register(image))
        return describe()

    def describe() -> dict:
        return ecs.describe_services(cluster=name, services=[name])["services"][0]

    deploy.describe = describe
    return deploy


def test_ecs_image_that_cannot_be_pulled_never_completes(aws, name, ecs_service):
    service = ecs_service("web:does-not-exist", breaker=None)
    primary, previous = service["deployments"]
    assert (primary["status"], primary["rolloutState"], primary["runningCount"]) == ("PRIMARY", "IN_PROGRESS", 0)
    assert primary["failedTasks"] >= 3
    assert (previous["status"], previous["runningCount"]) == ("ACTIVE", 2)
    assert "unable to consistently start tasks" in service["events"][0]["message"]
    ecs = aws.client("ecs")
    stopped = ecs.list_tasks(cluster=name, desiredStatus="STOPPED")["taskArns"]
    reasons = {task["stoppedReason"] for task in ecs.describe_tasks(cluster=name, tasks=stopped)["tasks"]}
    assert all(reason.startswith("CannotPullContainerError") for reason in reasons)


def test_ecs_circuit_breaker_fails_the_deployment(ecs_service):
    service = ecs_service("web:does-not-exist", breaker={"enable": True, "rollback": False})
    assert service["deployments"][0]["rolloutState"] == "FAILED"
    assert "circuit breaker" in service["deployments"][0]["rolloutStateReason"]


def test_ecs_circuit_breaker_rolls_back(ecs_service, eventually):
    service = ecs_service("web:does-not-exist", breaker={"enable": True, "rollback": True})
    assert service["taskDefinition"].endswith(":1")
    eventually(lambda: ecs_service.describe()["deployments"][0]["rolloutState"] == "COMPLETED")


def test_ecs_bad_deployment_is_rolled_back_by_our_document(name, automations, ecs_service):
    service = ecs_service("web:does-not-exist", breaker=None)
    bad, good = (deployment["taskDefinition"] for deployment in service["deployments"])
    run = automations.run(
        "Nightshift-RollbackEcsService",
        {"Cluster": name, "Service": name, "TaskDefinition": good, "ExpectedTaskDefinition": bad},
    )
    assert run.status == "Success", run.failure
    service = ecs_service.describe()
    assert service["runningCount"] == 2
    assert [deployment["rolloutState"] for deployment in service["deployments"]] == ["COMPLETED"]


def test_ecs_unknown_task_definition_is_refused(aws, name, ecs_service):
    ecs_service("web:better", breaker=None)
    with pytest.raises(Exception, match="TaskDefinition not found"):
        aws.client("ecs").update_service(cluster=name, service=name, taskDefinition=f"{name}:99")


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
