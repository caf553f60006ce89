import json
import re

import pytest

from permissions_document import DOCUMENT, ROOT, TEMPLATE, document

_POLICY = json.loads((ROOT / "infra/deployer-policy.json").read_text())


def test_document_is_that_of_the_template() -> None:
    assert DOCUMENT.read_text() == document(TEMPLATE.read_text()), "run `python -m permissions_document`"


def test_every_role_and_policy_has_its_section() -> None:
    kinds = "Serverless::Function|Serverless::StateMachine|IAM::ManagedPolicy|IAM::Role"
    named = re.findall(rf"^  (\w+):\n    Type: AWS::(?:{kinds})$", TEMPLATE.read_text(), re.MULTILINE)
    assert len(named) > 15
    assert [name for name in named if f"\n### {name}\n" not in DOCUMENT.read_text()] == []


def test_row_says_what_on_what_under_which_condition_and_why() -> None:
    template = """
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Description: Does it.
      Policies:
        - Statement:
            # Because of this.
            - Sid: ReadAndWrite
              Effect: Allow
              Action: dynamodb:PutItem
              # Must be *: no resource.
              Resource: "*"
              Condition:
                StringLike: { a:key: [X#*, Y#*] }
                "Null": { a:key: "false" }
            - !If
              - HasIt
              - Sid: Elsewhere
                Effect: Deny
                Action: [s3:GetObject]
                Resource: !Sub arn:${AWS::Partition}:s3:::${Bucket}/*
              - !Ref AWS::NoValue
"""
    (first, second) = [line for line in document(template).splitlines() if line.startswith("| ") and "`" in line]
    assert first == (
        "| Read and write | `dynamodb:PutItem` | `*` | `a:key` is `X#*`<br>`Y#*` | Because of this. Must be *: no resource. |"
    )
    assert second == "| **never**: Elsewhere (only where `HasIt`) | `s3:GetObject` | `s3:::${Bucket}/*` |  |  |"


def _actions() -> list[str]:
    return [action for statement in _POLICY["Statement"] for action in statement["Action"]]


def test_deployer_is_named_every_action_and_may_delete_neither_the_table_nor_a_queue() -> None:
    actions = _actions()
    assert [action for action in actions if "*" in action] == []
    assert not {"dynamodb:DeleteTable", "dynamodb:PutItem", "dynamodb:GetItem", "sqs:DeleteQueue"} & set(actions)
    assert not {"iam:CreateUser", "iam:CreateAccessKey", "iam:AttachUserPolicy", "sts:AssumeRole"} & set(actions)


def test_deployer_policy_fits_into_a_managed_policy() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: 6,144 characters without white space."""
    assert len(json.dumps(_POLICY, separators=(",", ":"))) <= 6144


# What CloudFormation calls to create a resource of the type.
_CREATING = {
    "AWS::CloudFormation::Stack": "cloudformation:CreateStack",
    "AWS::CloudWatch::Alarm": "cloudwatch:PutMetricAlarm",
    "AWS::DynamoDB::Table": "dynamodb:CreateTable",
    "AWS::IAM::ManagedPolicy": "iam:CreatePolicy",
    "AWS::IAM::Role": "iam:CreateRole",
    "AWS::KMS::Key": "kms:CreateKey",
    "AWS::Lambda::Permission": "lambda:AddPermission",
    "AWS::Lambda::Url": "lambda:CreateFunctionUrlConfig",
    "AWS::Logs::LogGroup": "logs:CreateLogGroup",
    "AWS::SNS::Subscription": "sns:Subscribe",
    "AWS::SNS::Topic": "sns:CreateTopic",
    "AWS::SQS::Queue": "sqs:CreateQueue",
    "AWS::SQS::QueuePolicy": "sqs:SetQueueAttributes",
    "AWS::SSM::Document": "ssm:CreateDocument",
    "AWS::Serverless::Function": "lambda:CreateFunction",
    "AWS::Serverless::StateMachine": "states:CreateStateMachine",
}


@pytest.mark.parametrize("template", ["template.yaml", "automation.yaml"])
def test_deployer_may_create_each_type_of_the_templates(template: str) -> None:
    types = set(re.findall(r"^    Type: (AWS::\w+::\w+)$", (ROOT / "infra" / template).read_text(), re.MULTILINE))
    assert {_CREATING[one] for one in types} <= set(_actions())


def test_deployer_reaches_what_has_the_stacks_name_only() -> None:
    """Everything that can be named is; what cannot is listed here."""
    reaching_all = {one["Sid"] for one in _POLICY["Statement"] if one["Resource"] == "*"}
    # A key has no name when it is made; only keys of the ledger's kind are reached.
    assert reaching_all == {"Reads", "LedgerKey"}
    unbounded = [one for one in _POLICY["Statement"] if one["Resource"] == "*" and "Condition" not in one]
    writing = [action for one in unbounded for action in one["Action"]]
    assert [action for action in writing if not re.match(r"\w+:(Describe|Get|List|Validate)", action)] == []
    passing = [one for one in _POLICY["Statement"] if "iam:PassRole" in one["Action"]]
    assert [set(one["Condition"]["StringEquals"]) for one in passing] == [{"iam:PassedToService"}]
