"""Deploys Nightshift's own template, unmodified, with the binaries that were just built."""

from pathlib import Path

from demo.prerequisites import FUNCTIONS, TEMPLATE, Build, host_architecture
from local_aws import Credentials, LocalAws, allow, create_automation_documents, deploy, make_bootstrap_zips
from workload.tags import APPLICATION

STACK = "nightshift"
PARAMETERS = {
    # A demonstration can't wait for as long as production has to.
    "HoldSeconds": "2",
    "PollSeconds": "1",
    "RecoveryDeadlineSeconds": "40",
    "ApprovalWindowSeconds": "60",
    # The local CloudTrail lists an event at once.
    "EvidencePatienceSeconds": "0",
    # Its drills are to be seen through to their end.
    "UnattendedDrills": "true",
    # The local CloudFormation has no AWS::SSM::Document; the same files are put in directly.
    "CreateAutomationDocuments": "false",
    "Mode": "autonomous",
    # Where playbooks and engine leave doubt; what answers here is the local AWS's stand-in for Bedrock.
    "Model": "in-doubt",
}
# To drill; for the rest there is the stack's own policy for approvers.
_ON_CALLS_PERMISSIONS = allow("events:PutEvents", "cloudformation:DescribeStacks")


def deploy_stack(aws: LocalAws, build: Build, work_dir: Path) -> dict[str, str]:
    """The stack's outputs."""
    zips_dir = work_dir / "zips"
    make_bootstrap_zips(build.target_dir, zips_dir, FUNCTIONS, build.profile)
    parameters = {"Architecture": host_architecture(), **PARAMETERS}
    outputs = deploy(aws, STACK, TEMPLATE, parameters=parameters, zips_dir=zips_dir)
    create_automation_documents(aws)
    # Without a word about it, an application is supervised: every action would ask.
    aws.client("ssm").put_parameter(
        Name=f"{outputs['ParameterPrefix']}/applications/{APPLICATION}/mode", Value="autonomous", Type="String"
    )
    return outputs


def create_on_call_engineer(aws: LocalAws, outputs: dict[str, str]) -> Credentials:
    """The user who drills and approves: with the stack's own policy for approvers."""
    engineer = aws.create_user("oncall", _ON_CALLS_PERMISSIONS)
    aws.client("iam").attach_user_policy(UserName="oncall", PolicyArn=outputs["ApproverPolicyArn"])
    return engineer


def role_names(aws: LocalAws) -> set[str]:
    """Of every role in the stack."""
    pages = aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
    return {
        resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::IAM::Role"
    }
