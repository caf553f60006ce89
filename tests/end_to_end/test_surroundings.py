"""A diagnosis reads an application that is more than a function, under its own role.

A function of a stack that empties a queue and is behind a load balancer, with a policy of the account's own. The local
AWS answers all of it; what it lacks is with the reasons in `test_permissions.py`.
"""

import json
import uuid

import pytest

import model_scripts as scripts
from demo.event_documents import alarm_state_change
from demo.waiting import wait_for
from doubt import Asked, Doubt
from model_scripts import About
from scene import Scene

_STACKS_WITHIN_SECONDS = 30
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
_MAY_RECEIVE = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            "Resource": "*",
        }
    ],
}


def _template(name: str, application: str) -> str:
    tags = [{"Key": "application", "Value": application}]
    return json.dumps(
        {
            "Resources": {
                "Orders": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"{name}-orders", "Tags": tags}},
                "Receiving": {
                    "Type": "AWS::IAM::ManagedPolicy",
                    "Properties": {"ManagedPolicyName": f"{name}-receiving", "PolicyDocument": _MAY_RECEIVE},
                },
                "Role": {
                    "Type": "AWS::IAM::Role",
                    "Properties": {
                        "RoleName": name,
                        "AssumeRolePolicyDocument": _TRUST,
                        "ManagedPolicyArns": [{"Ref": "Receiving"}],
                    },
                },
                "Oven": {
                    "Type": "AWS::Lambda::Function",
                    "Properties": {
                        "FunctionName": name,
                        "Runtime": "python3.11",
                        "Handler": "index.handler",
                        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                        "Code": {"ZipFile": "def handler(event, context):\n    return {}\n"},
                        "Tags": tags,
                    },
                },
                "Emptying": {
                    "Type": "AWS::Lambda::EventSourceMapping",
                    "Properties": {
                        "EventSourceArn": {"Fn::GetAtt": ["Orders", "Arn"]},
                        "FunctionName": {"Ref": "Oven"},
                    },
                },
                "Burning": {
                    "Type": "AWS::CloudWatch::Alarm",
                    "Properties": {
                        "AlarmName": f"errors {name}",
                        "AlarmDescription": "Bread burns.",
                        "Namespace": "AWS/Lambda",
                        "MetricName": "Errors",
                        "Dimensions": [{"Name": "FunctionName", "Value": name}],
                        "Statistic": "Sum",
                        "Period": 10,
                        "EvaluationPeriods": 1,
                        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                        "Threshold": 1,
                        "TreatMissingData": "breaching",
                    },
                },
            }
        }
    )


def _behind_a_load_balancer(scene: Scene, name: str, function_arn: str) -> None:
    balancers, ec2 = scene.aws.client("elbv2"), scene.aws.client("ec2")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
    balancer = balancers.create_load_balancer(Name=name, Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    group = balancers.create_target_group(Name=name, TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    balancers.register_targets(TargetGroupArn=group, Targets=[{"Id": function_arn}])
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    balancers.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)


@pytest.fixture(scope="module")
def one(scene: Scene) -> Asked:
    name, application = f"oven-{uuid.uuid4().hex[:8]}", scene.application()
    cloudformation = scene.aws.client("cloudformation")
    cloudformation.create_stack(
        StackName=name, TemplateBody=_template(name, application), Capabilities=["CAPABILITY_NAMED_IAM"]
    )

    def is_there() -> bool:
        status = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        assert "ROLLBACK" not in status and not status.endswith("FAILED"), status
        return status == "CREATE_COMPLETE"

    wait_for(f"the stack {name}", is_there, _STACKS_WITHIN_SECONDS)
    arn = scene.aws.client("lambda").get_function_configuration(FunctionName=name)["FunctionArn"]
    _behind_a_load_balancer(scene, name, arn)
    doubt = Doubt(scene, application, name, f"errors {name}")
    # As a model that wants to know more of the log, and of the queue.
    about = About(application, name, "nobody")
    asks = [
        {"name": "ask_provider", "input": {"provider": "log_insights", "component": "{{ component }}"}},
        {"name": "ask_provider", "input": {"provider": "resource_state", "component": "{{ queue }}"}},
    ]
    find = {"component": about.component, "queue": rf"(c\d+) sqs {name}-orders"}
    looks = {"when": [application, "Your line of inquiry: traffic"], "turn": 1, "find": find, "use": asks}
    scene.aws.script_model([looks, scripts.reports_nothing(about)])
    try:
        alarmed = "the alarm in ALARM"
        wait_for(alarmed, lambda: _state(scene, doubt.alarm) == "ALARM", _STACKS_WITHIN_SECONDS)
        doubt.log("[ERROR] MillUnreachable: nobody is there")
        asked = Asked(doubt, scene.drill(alarm_state_change(scene.aws, doubt.alarm)))
        assert asked.wait() == "SUCCEEDED"
    finally:
        scene.aws.script_model([])
    return asked


def _state(scene: Scene, alarm: str) -> str:
    return scene.aws.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]["StateValue"]


def notes(one: Asked, provider: str) -> list[dict]:
    observed = [evidence["observed"] for evidence in one.shown["evidence"]]
    of_provider = [each for each in observed if each["type"] == "notes" and each["provider"] == provider]
    return [note for each in of_provider for note in each["notes"]]


def test_stack_of_a_function_is_found_and_its_events_are_read(one: Asked) -> None:
    queries = [evidence["query"] for evidence in one.shown["evidence"]]
    assert any("describe-stack-events --stack-name arn:" in query for query in queries), queries
    assert [gap for gap in one.diagnosis["gaps"] if "stack" in gap["query"].lower()] == []


def test_queue_that_a_function_empties_is_known_and_its_state_can_be_read(one: Asked) -> None:
    (state,) = notes(one, "resource_state")
    assert state["what"].startswith("AWS::SQS::Queue"), state
    assert one.trace["totals"]["tools"]["ask_provider"] == 2


def test_query_over_logs_is_paid_for_and_what_is_wrong_with_its_answer_is_said(one: Asked) -> None:
    """The local Logs Insights knows no patterns, so that a query is answered by what is no answer to it."""
    assert "could not be read: log_insights: GetQueryResults" in json.dumps(one.trace["steps"])


def test_nothing_was_denied(one: Asked) -> None:
    denied = [gap for gap in one.diagnosis["gaps"] if gap["reason"].startswith("denied")]
    # The local account has no Security Hub, as AWS says it of an account that has not subscribed.
    unsubscribed = "not subscribed to AWS Security Hub"
    unexpected = [gap for gap in denied if "bakery" not in gap["query"] and unsubscribed not in gap["reason"]]
    assert unexpected == []
