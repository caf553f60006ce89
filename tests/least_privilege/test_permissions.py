"""Least privilege, both ways: nobody lacked what he needed, and nobody has what he does not use.

What was used is what the emulator was asked for while all end-to-end tests ran. Managed policies are left out: they are
AWS's own, for logs and traces, which the local AWS does not write on a function's behalf.
"""

import pytest

from conftest import Role

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

# By logical id of the role, action and kind of item: why it is granted although nothing here uses it.
UNUSED_KINDS: dict[str, dict[str, str]] = {
    "ApproveFunctionRole": {
        "dynamodb:GetItem INCIDENT": "only where the incident has moved on before its request was recorded",
    },
}

ROLES = (
    "WebhookFunctionRole",
    "IngestFunctionRole",
    "DedupFunctionRole",
    "DiagnoseFunctionRole",
    "RemediateFunctionRole",
    "ApproveFunctionRole",
    "VerifyFunctionRole",
    "NotifyFunctionRole",
    "SequenceFunctionRole",
    "IntakeStateMachineRole",
    "IncidentStateMachineRole",
    "RestoreParameterRole",
    "RollbackLambdaAliasRole",
    "StartInstanceRole",
    "StopInstanceRole",
    "RollbackEcsServiceRole",
)


@pytest.mark.parametrize("logical_id", ROLES)
def test_role_has_no_action_that_it_does_not_use(roles: dict[str, Role], logical_id: str) -> None:
    role = roles[logical_id]
    assert role.used <= role.granted
    assert sorted(role.granted - role.used) == sorted(UNUSED.get(logical_id, {}))


@pytest.mark.parametrize("logical_id", ROLES)
def test_role_has_no_kind_of_item_that_it_does_not_use(roles: dict[str, Role], logical_id: str) -> None:
    role = roles[logical_id]
    assert role.used_kinds <= role.granted_kinds
    assert sorted(role.granted_kinds - role.used_kinds) == sorted(UNUSED_KINDS.get(logical_id, {}))


def test_every_role_that_acts_is_looked_at(roles: dict[str, Role]) -> None:
    """The rest are those by which EventBridge starts the intake."""
    others = roles.keys() - set(ROLES)
    assert all(name.startswith("IntakeStateMachine") and name.endswith("Role") for name in others), others


def test_no_role_was_denied_what_it_asked_for(roles: dict[str, Role]) -> None:
    assert {name: sorted(role.denied) for name, role in roles.items() if role.denied} == {}
