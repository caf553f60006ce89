"""Deploys Nightshift's own template, unmodified, with the binaries that were just built."""

from pathlib import Path

from demo.prerequisites import FUNCTIONS, TEMPLATE, Build, host_architecture
from deployment_mode import create_mode
from local_aws import Credentials, LocalAws, allow, create_automation_documents, deploy, make_bootstrap_zips
from workload.tags import APPLICATION

STACK = "nightshift"
PARAMETERS = {
    # Production waits longer; the demo should end soon.
    "HoldSeconds": "2",
    "PollSeconds": "1",
    "RecoveryDeadlineSeconds": "40",
    "ApprovalWindowSeconds": "60",
    # The local CloudTrail lists an event at once.
    "EvidencePatienceSeconds": "0",
    # In an account, an action for a drill always waits for approval.
    "UnattendedDrills": "true",
    # The local CloudFormation has no AWS::SSM::Document; the same files are put in directly.
    "CreateAutomationDocuments": "false",
    # One account sees more incidents here within minutes than another in a month.
    "ActionsPerHour": "1000",
    # Asks a model where playbooks and engine are not sure. Here the local AWS's stand-in for Bedrock answers.
    "Model": "in-doubt",
    # In an account nobody may, and there is no URL, until a team names who may.
    "WebhookVendors": "alertmanager,datadog,dynatrace,generic,grafana,newrelic,pagerduty,sns",
    "WebhookSnsTopics": "arn:aws:sns:us-east-1:999999999999:alerts",
}
# For drills. The stack's own policy for approvers grants the rest.
_ON_CALLS_PERMISSIONS = allow("events:PutEvents", "cloudformation:DescribeStacks")


def deploy_stack(aws: LocalAws, build: Build, work_dir: Path) -> dict[str, str]:
    """The stack's outputs."""
    zips_dir = work_dir / "zips"
    make_bootstrap_zips(build.target_dir, zips_dir, FUNCTIONS, build.profile)
    parameters = {"Architecture": host_architecture(), **PARAMETERS}
    outputs = deploy(aws, STACK, TEMPLATE, parameters=parameters, zips_dir=zips_dir)
    create_automation_documents(aws)
    # The stack owns no mode, so that no update of it undoes somebody's `off`.
    create_mode(aws.client("ssm"), outputs["ParameterPrefix"], "autonomous")
    # An application without a mode is supervised: every action would wait for approval.
    aws.client("ssm").put_parameter(
        Name=f"{outputs['ParameterPrefix']}/applications/{APPLICATION}/mode", Value="autonomous", Type="String"
    )
    return outputs


def create_on_call_engineer(aws: LocalAws, outputs: dict[str, str]) -> Credentials:
    """Creates the user who sends drills and approves plans, with the stack's own policy for approvers."""
    engineer = aws.create_user("oncall", _ON_CALLS_PERMISSIONS)
    aws.client("iam").attach_user_policy(UserName="oncall", PolicyArn=outputs["ApproverPolicyArn"])
    return engineer


def role_names(aws: LocalAws) -> set[str]:
    """The names of all IAM roles of the stack."""
    pages = aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
    return {
        resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::IAM::Role"
    }
