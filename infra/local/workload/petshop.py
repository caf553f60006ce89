"""Creates petshop in a local AWS: two functions, a parameter, an instance, an ECS service.

Everything carries the tag that makes it one application.
"""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from local_aws import LocalAws, allow

from workload.alarms import create_alarms

APPLICATION = "petshop"
TAGS = {"application": APPLICATION}
UPPERCASE_TAGS = [{"Key": key, "Value": value} for key, value in TAGS.items()]
LOWERCASE_TAGS = [{"key": key, "value": value} for key, value in TAGS.items()]

ALIAS = "live"
CHECKOUT = "petshop-checkout"
SEARCH = "petshop-search"
PAYMENT_TIMEOUT = "/petshop/checkout/payment-timeout-seconds"
CLUSTER = "petshop"
SERVICE = "web"
WEB_IMAGE = "petshop/web:1"
# The local ECS can't pull this tag, as ECS can't pull one that nobody pushed.
UNPULLABLE_WEB_IMAGE = "petshop/web:does-not-exist"
_FUNCTIONS = Path(__file__).parent / "functions"

@dataclass(frozen=True)
class Petshop:
    """The ids that only creating the application tells."""

    instance_id: str
    task_definition: str

def create_petshop(aws: LocalAws) -> Petshop:
    """Returns when all of it is healthy and the first version of each function takes calls."""
    aws.client("ssm").put_parameter(
        Name=PAYMENT_TIMEOUT, Value="3", Type="String", Description="How long a payment may take.", Tags=UPPERCASE_TAGS
    )
    _create_checkout(aws)
    _create_search(aws)
    instance_id = _create_inventory(aws)
    task_definition = _create_web(aws)
    create_alarms(aws, instance_id, CLUSTER, SERVICE)
    return Petshop(instance_id, task_definition)

def web_task_definition(ecs, image: str) -> str:
    """ARN of a new revision that runs this image."""
    registered = ecs.register_task_definition(
        family="petshop-web",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "web", "image": image, "essential": True}],
        tags=LOWERCASE_TAGS,
    )
    return registered["taskDefinition"]["taskDefinitionArn"]

def _create_checkout(aws: LocalAws) -> None:
    parameter_arn = f"arn:aws:ssm:{aws.region}:{aws.account}:parameter{PAYMENT_TIMEOUT}"
    role = aws.create_role("petshop-checkout", allow("ssm:GetParameter", resource=parameter_arn), "lambda.amazonaws.com")
    _create_function(aws, CHECKOUT, "checkout.py", role, {"PAYMENT_TIMEOUT_PARAMETER": PAYMENT_TIMEOUT})

def _create_search(aws: LocalAws) -> None:
    role = aws.create_role("petshop-search", allow("logs:CreateLogStream"), "lambda.amazonaws.com")
    _create_function(aws, SEARCH, "search_v1.py", role, {})
    # Version 2 exists and takes no traffic yet: what a release pipeline leaves before it moves the alias.
    function = aws.client("lambda")
    function.update_function_code(FunctionName=SEARCH, ZipFile=_zip("search_v2.py"))
    function.get_waiter("function_updated_v2").wait(FunctionName=SEARCH, WaiterConfig={"Delay": 0.05})
    function.publish_version(FunctionName=SEARCH, Description="Ranked results")

def _create_function(aws: LocalAws, name: str, source: str, role: str, environment: dict[str, str]) -> None:
    function = aws.client("lambda")
    function.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="index.handler",
        Role=role,
        Code={"ZipFile": _zip(source)},
        Environment={"Variables": environment},
        Tags=TAGS,
        Timeout=10,
    )
    # A version published before is Pending for ever, in AWS as here.
    function.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    version = function.publish_version(FunctionName=name)["Version"]
    function.create_alias(FunctionName=name, Name=ALIAS, FunctionVersion=version)

def _create_inventory(aws: LocalAws) -> str:
    reservation = aws.client("ec2").run_instances(
        ImageId="ami-0123456789abcdef0",
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [*UPPERCASE_TAGS, {"Key": "Name", "Value": "inventory"}]}
        ],
    )
    return reservation["Instances"][0]["InstanceId"]

def _create_web(aws: LocalAws) -> str:
    ecs = aws.client("ecs")
    task_definition = web_task_definition(ecs, WEB_IMAGE)
    ecs.create_cluster(clusterName=CLUSTER, tags=LOWERCASE_TAGS)
    ecs.create_service(
        cluster=CLUSTER,
        serviceName=SERVICE,
        taskDefinition=task_definition,
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [_subnet(aws)]}},
        # It stops a bad deployment and does not roll back: that is what someone has to decide.
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": False}},
        tags=LOWERCASE_TAGS,
    )
    return task_definition

def _subnet(aws: LocalAws) -> str:
    return aws.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]

def _zip(source: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as output:
        output.writestr("index.py", (_FUNCTIONS / source).read_text())
    return archive.getvalue()
