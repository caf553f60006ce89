"""Creates petshop in a local AWS: functions, their parameters, an instance, an ECS service.

Everything carries the tag that makes it one application.
"""

from dataclasses import dataclass

from local_aws import LocalAws, allow

from workload.alarms import create_alarms
from workload.external_service import ExternalService
from workload.function import Function, create_functions
from workload.storefront import storefront_functions
from workload.tags import LOWERCASE_TAGS, REPORTS_TAGS, UPPERCASE_TAGS

CHECKOUT = "petshop-checkout"
SEARCH = "petshop-search"
STOCK = "petshop-stock"
PAYMENT_TIMEOUT = "/petshop/checkout/payment-timeout-seconds"
CLUSTER = "petshop"
SERVICE = "web"
WEB_IMAGE = "petshop/web:1"
# The local ECS can't pull this tag, as ECS can't pull one that nobody pushed.
UNPULLABLE_WEB_IMAGE = "petshop/web:does-not-exist"


@dataclass(frozen=True)
class Petshop:
    """The ids that only creating the application tells."""

    instance_id: str
    reports_instance_id: str
    """Of another application, which is supervised."""
    task_definition: str


def create_petshop(aws: LocalAws, warehouse: ExternalService) -> Petshop:
    """Returns when all of it is healthy and the first version of each function takes calls."""
    aws.client("ssm").put_parameter(
        Name=PAYMENT_TIMEOUT, Value="3", Type="String", Description="How long a payment may take.", Tags=UPPERCASE_TAGS
    )
    create_functions(aws, [_checkout(aws), _search(aws), _stock(aws, warehouse), *storefront_functions(aws)])
    instance_id = _create_instance(aws, "inventory", UPPERCASE_TAGS)
    reports_instance_id = _create_instance(aws, "reports", REPORTS_TAGS)
    task_definition = _create_web(aws)
    create_alarms(aws, instance_id, CLUSTER, SERVICE)
    return Petshop(instance_id, reports_instance_id, task_definition)


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


def _checkout(aws: LocalAws) -> Function:
    parameter_arn = f"arn:aws:ssm:{aws.region}:{aws.account}:parameter{PAYMENT_TIMEOUT}"
    role = aws.create_role(CHECKOUT, allow("ssm:GetParameter", resource=parameter_arn), "lambda.amazonaws.com")
    return Function(CHECKOUT, role, "checkout.py", {"PAYMENT_TIMEOUT_PARAMETER": PAYMENT_TIMEOUT})


def _search(aws: LocalAws) -> Function:
    role = aws.create_role(SEARCH, allow("logs:CreateLogStream"), "lambda.amazonaws.com")
    return Function(SEARCH, role, "search_v1.py", {}, next_source="search_v2.py", next_description="Ranked results")


def _stock(aws: LocalAws, warehouse: ExternalService) -> Function:
    role = aws.create_role(STOCK, allow("logs:CreateLogStream"), "lambda.amazonaws.com")
    port = {"WAREHOUSE_PORT": str(warehouse.address[1])}
    return Function(STOCK, role, "stock_v1.py", port, next_source="stock_v2.py", next_description="Goldfish")


def _create_instance(aws: LocalAws, name: str, tags: list[dict[str, str]]) -> str:
    reservation = aws.client("ec2").run_instances(
        ImageId="ami-0123456789abcdef0",
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [*tags, {"Key": "Name", "Value": name}]}
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
