"""Least privilege, both ways: nobody lacked what he needed, and nobody has what he does not use.

What was used is what the emulator was asked for while all other tests ran. Managed policies are left out: they are
AWS's own, for logs and traces, which the local AWS does not write on a function's behalf.
"""

import json

import pytest

from demo.deployment import STACK
from local_aws import permission_log
from scene import Scene

_LOG_DELIVERY = {
    f"logs:{action}": "Step Functions sets log delivery up with it on AWS; the local one writes no logs"
    for action in (
        "CreateLogDelivery",
        "DeleteLogDelivery",
        "DescribeLogGroups",
        "DescribeResourcePolicies",
        "GetLogDelivery",
        "ListLogDeliveries",
        "PutResourcePolicy",
        "UpdateLogDelivery",
    )
}
_CLOUD_CONTROL = {
    action: "Cloud Control's, in its caller's name on AWS; the local one reads a state by itself"
    for action in (
        "apigateway:GET",
        "dynamodb:DescribeContinuousBackups",
        "dynamodb:DescribeContributorInsights",
        "dynamodb:DescribeKinesisStreamingDestination",
        "dynamodb:DescribeTable",
        "dynamodb:DescribeTimeToLive",
        "dynamodb:GetResourcePolicy",
        "dynamodb:ListTagsOfResource",
        "ec2:DescribeAccountAttributes",
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeInternetGateways",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcs",
        "elasticache:DescribeCacheClusters",
        "elasticache:DescribeReplicationGroups",
        "elasticache:ListTagsForResource",
        "elasticloadbalancing:DescribeCapacityReservation",
        "elasticloadbalancing:DescribeLoadBalancerAttributes",
        "elasticloadbalancing:DescribeTags",
        "kinesis:DescribeStreamSummary",
        "kinesis:ListTagsForResource",
        "kinesis:ListTagsForStream",
        "logs:GetLogDelivery",
        "sns:GetDataProtectionPolicy",
        "sns:GetTopicAttributes",
        "sns:ListSubscriptionsByTopic",
        "sns:ListTagsForResource",
        "sqs:GetQueueAttributes",
        "sqs:ListQueueTags",
    )
}
_NOT_HERE = {
    action: "the local AWS has no such service, which it says to whoever asks"
    for action in (
        "codedeploy:BatchGetDeployments",
        "codedeploy:ListDeployments",
        "codepipeline:ListPipelineExecutions",
        "codepipeline:ListPipelines",
        "health:DescribeAffectedEntities",
        "health:DescribeEvents",
        "pi:GetResourceMetrics",
        "servicequotas:ListServiceQuotas",
    )
}
# By logical id of the role and action: why it is granted although nothing here uses it.
UNUSED: dict[str, dict[str, str]] = {
    "DiagnoseFunctionRole": {
        **_CLOUD_CONTROL,
        **_NOT_HERE,
        "cloudformation:ListStackResources": "only for a stack of a hundred resources and more",
        "logs:StopQuery": "only for a query that is given up; the local one has ended when it is started",
        "rds:DescribeDBInstances": "only for a database's load, and there is no Performance Insights here",
    },
    "RemediateFunctionRole": {
        "ecs:DescribeTaskDefinition": "only where another deployment of the service is left, and here none is by then",
        "ssm:DescribeDocument": "only for a team's own document, which is known by its pin",
        "ssm:GetParameterHistory": "only for the undo of a restored parameter",
    },
    "StartInstanceRole": {
        "kms:CreateGrant": "only for a volume that is encrypted with one of VolumeKeys",
    },
    "VerifyFunctionRole": {
        "ecs:DescribeTaskDefinition": "only where another deployment of the service is left, and here none is by then",
    },
    "NotifyFunctionRole": {
        "sqs:SendMessage": "Lambda's own, for a call by the rule that failed three times; here it is dropped",
    },
    "IntakeStateMachineRole": _LOG_DELIVERY,
    "IncidentStateMachineRole": _LOG_DELIVERY,
    "StopInstanceRole": {
        action: "only undoes a start that did not help; the document's own tests run it"
        for action in ("ec2:DescribeInstances", "ec2:StopInstances")
    },
}

ROLES = (
    "IngestFunctionRole",
    "DedupFunctionRole",
    "DiagnoseFunctionRole",
    "RemediateFunctionRole",
    "ApproveFunctionRole",
    "VerifyFunctionRole",
    "NotifyFunctionRole",
    "IntakeStateMachineRole",
    "IncidentStateMachineRole",
    "RestoreParameterRole",
    "RollbackLambdaAliasRole",
    "StartInstanceRole",
    "StopInstanceRole",
    "RollbackEcsServiceRole",
)

pytestmark = pytest.mark.usefixtures("everything_ran")


@pytest.fixture(scope="module")
def names(scene: Scene) -> dict[str, str]:
    """Of the stack's roles, by logical id."""
    pages = scene.aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::IAM::Role"
    }


def granted(scene: Scene, role: str) -> set[str]:
    """The actions that the role's own policies allow."""
    iam = scene.aws.client("iam")
    actions: set[str] = set()
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        document = json.loads(document) if isinstance(document, str) else document
        for statement in document["Statement"]:
            if statement["Effect"] == "Allow":
                named = statement["Action"]
                actions |= {named} if isinstance(named, str) else set(named)
    return actions


@pytest.mark.parametrize("logical_id", ROLES)
def test_role_has_no_action_that_it_does_not_use(scene: Scene, names: dict[str, str], logical_id: str) -> None:
    role = names[logical_id]
    checks = permission_log.read(scene.permission_log)
    used = {check.action for check in checks if check.role == role and check.is_allowed}
    has = granted(scene, role)
    assert used <= has
    assert sorted(has - used) == sorted(UNUSED.get(logical_id, {}))


def test_every_role_that_acts_is_looked_at(names: dict[str, str]) -> None:
    """The rest are those by which EventBridge starts the intake."""
    others = {name for name in names if name not in ROLES}
    assert all(name.startswith("IntakeStateMachine") and name.endswith("Role") for name in others), others


def test_no_role_was_denied_what_it_asked_for(scene: Scene, names: dict[str, str]) -> None:
    checks = permission_log.read(scene.permission_log)
    denied = {(check.role, check.action) for check in checks if check.role in names.values() and not check.is_allowed}
    assert denied - scene.denied_on_purpose == set()
