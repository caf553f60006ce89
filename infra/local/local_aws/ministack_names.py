"""Every name of MiniStack that the local AWS replaces or extends, declared once.

The corrections patch through these declarations and in no other way, so the check at start knows all of them: most are
private names of the one version that `requirements.txt` pins, and another version may have moved any of them.
"""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

_REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements.txt"


class Incompatible(Exception):
    """The installed MiniStack lacks a name that is patched; the message names it and both versions."""


@dataclass(frozen=True)
class Name:
    """An attribute of one of MiniStack's modules or, with `key`, an entry of a table there."""

    module: str
    attribute: str
    key: str | None = None

    def __str__(self) -> str:
        entry = "" if self.key is None else f"[{self.key!r}]"
        return f"{self.module}.{self.attribute}{entry}"

    def exists(self) -> bool:
        try:
            self.value()
        except Incompatible:
            return False
        return True

    def value(self) -> Any:
        try:
            value = getattr(importlib.import_module(self.module), self.attribute)
            return value if self.key is None else value[self.key]
        except (ImportError, AttributeError, KeyError):
            raise Incompatible(_lacks([self])) from None

    def replace(self, replacement: Any) -> None:
        self.value()
        module = importlib.import_module(self.module)
        if self.key is None:
            setattr(module, self.attribute, replacement)
        else:
            getattr(module, self.attribute)[self.key] = replacement

    def wrap(self, wrapper: Callable[[Any], Any]) -> None:
        """Replaces the value by what `wrapper` makes of it."""
        self.replace(wrapper(self.value()))


APP = Name("ministack.app", "app")
HANDLE_POST_BODY_SHORTCUTS = Name("ministack.app", "_handle_post_body_shortcuts")
DISPATCH_SERVICE_REQUEST = Name("ministack.app", "_dispatch_service_request")
MAYBE_RECORD_CLOUDTRAIL = Name("ministack.app", "_maybe_record_cloudtrail")
SEND_STREAMING_RESPONSE = Name("ministack.app", "_send_streaming_response")
SERVICE_HANDLERS = Name("ministack.app", "SERVICE_HANDLERS")
BEDROCK_HANDLER = Name("ministack.app", "SERVICE_HANDLERS", "bedrock-runtime")

BOTOCORE_SERVICE_MAP = Name("ministack.core.iam_actions", "_BOTOCORE_SERVICE_MAP")
RESOLVE_CONDITION_KEY = Name("ministack.core.iam_evaluator", "_resolve_condition_key")
IAM_NAMESPACES = Name("ministack.core.iam_actions", "SERVICE_TO_IAM_NAMESPACE")
DYNAMODB_SERVICE_CONTEXT = Name("ministack.core.iam_actions", "dynamodb_service_context")
DYNAMODB_TRANSACTION_CHECKS = Name("ministack.core.iam_actions", "dynamodb_transaction_checks")
EXTRACT_IAM_ACTION = Name("ministack.core.iam_actions", "extract_iam_action")
EXTRACT_RESOURCE_ARN = Name("ministack.core.iam_actions", "extract_resource_arn")
LAMBDA_ACTION = Name("ministack.core.iam_actions", "_lambda_action")
REQUEST_TAG_CONTEXT = Name("ministack.core.iam_actions", "request_tag_context")
ENFORCE = Name("ministack.core.iam_evaluator", "enforce")
EVALUATE = Name("ministack.core.iam_evaluator", "evaluate")
EVALUATE_RESOURCE_POLICY = Name("ministack.core.iam_evaluator", "evaluate_resource_policy")
EVALUATE_TRUST_POLICY = Name("ministack.core.iam_evaluator", "evaluate_trust_policy")
PYTHON_WORKER_SCRIPT = Name("ministack.core.lambda_runtime", "_PYTHON_WORKER_SCRIPT")
IS_AWS_SERVICE_NAME = Name("ministack.core.router", "_is_aws_service_name")
SERVICE_PATTERNS = Name("ministack.core.router", "SERVICE_PATTERNS")

BEDROCK_RESET = Name("ministack.services.bedrock_runtime", "reset")
DESCRIBE_STACK_RESOURCES = Name("ministack.services.cloudformation.handlers", "_ACTION_HANDLERS", "DescribeStackResources")
PROVISION_FUNCTION = Name("ministack.services.cloudformation.provisioners", "_RESOURCE_HANDLERS", "AWS::Lambda::Function")
LOOKUP_EVENTS = Name("ministack.services.cloudtrail", "_DISPATCH", "LookupEvents")
EVALUATE_ALARM = Name("ministack.services.cloudwatch", "_evaluate_alarm")
GET_METRIC_DATA = Name("ministack.services.cloudwatch", "_get_metric_data")
FILTER_LOG_EVENTS = Name("ministack.services.cloudwatch_logs", "_filter_log_events")
EC2_CREATE_VOLUME = Name("ministack.services.ec2", "_ACTION_MAP", "CreateVolume")
EC2_HANDLE_REQUEST = Name("ministack.services.ec2", "handle_request")
EC2_INSTANCE_XML = Name("ministack.services.ec2", "_instance_xml")
EC2_START_INSTANCES = Name("ministack.services.ec2", "_ACTION_MAP", "StartInstances")
EC2_VOLUME_XML = Name("ministack.services.ec2", "_volume_inner_xml")
ECS_CREATE_SERVICE = Name("ministack.services.ecs", "_ACTION_MAP", "CreateService")
ECS_UPDATE_SERVICE = Name("ministack.services.ecs", "_ACTION_MAP", "UpdateService")
ECS_RECONCILE_SERVICE_TASKS = Name("ministack.services.ecs", "_reconcile_service_tasks")
ECS_MAKE_DEPLOYMENT = Name("ministack.services.ecs", "_make_deployment")
ECS_REFRESH_SERVICE_STATE = Name("ministack.services.ecs", "_refresh_service_state")
ECS_RUN_TASK = Name("ministack.services.ecs", "_run_task")
INVOKE_TARGET = Name("ministack.services.eventbridge", "_invoke_target")
KMS_CREATE_KEY = Name("ministack.services.kms", "_create_key")
KMS_GET_PUBLIC_KEY = Name("ministack.services.kms", "_get_public_key")
KMS_SIGN = Name("ministack.services.kms", "_sign")
LAMBDA_EMIT_LOGS = Name("ministack.services.lambda_svc", "_emit_lambda_logs")
LAMBDA_EMIT_METRICS = Name("ministack.services.lambda_svc", "_emit_lambda_metrics")
LAMBDA_EXECUTE_WARM = Name("ministack.services.lambda_svc", "_execute_function_warm")
LAMBDA_INVOKE = Name("ministack.services.lambda_svc", "_invoke")
LAMBDA_LIST_MAPPINGS = Name("ministack.services.lambda_svc", "_list_esms")
SSM_HANDLE_REQUEST = Name("ministack.services.ssm", "handle_request")
SSM_RESET = Name("ministack.services.ssm", "reset")
STATES_CALL_LAMBDA = Name("ministack.services.stepfunctions", "_call_lambda")
STATES_EXECUTE_TASK = Name("ministack.services.stepfunctions", "_execute_task")
STATES_INVOKE_RESOURCE = Name("ministack.services.stepfunctions", "_invoke_resource")
STATES_INVOKE_WITH_CALLBACK = Name("ministack.services.stepfunctions", "_invoke_with_callback")
STATES_RUN_EXECUTION = Name("ministack.services.stepfunctions", "_run_execution")
STATES_START_NESTED = Name("ministack.services.stepfunctions", "_invoke_nested_start_execution")
TAG_COLLECTORS = Name("ministack.services.tagging", "_COLLECTORS")
RESOURCE_TAG_COLLECTORS = Name("ministack.services.tagging", "_RESOURCE_TAG_COLLECTORS")

ALL = tuple(value for value in list(globals().values()) if isinstance(value, Name))


def check(names: Iterable[Name] = ALL) -> None:
    """Raises `Incompatible` with every name that the installed MiniStack lacks."""
    if missing := [name for name in names if not name.exists()]:
        raise Incompatible(_lacks(missing))


def _lacks(missing: list[Name]) -> str:
    found = metadata.version("ministack")
    return (
        f"MiniStack {found} lacks {', '.join(map(str, missing))}, which the local AWS patches: expected version "
        f"{_expected_version()}, found {found}. `make setup` installs the expected one."
    )


def _expected_version() -> str:
    lines = _REQUIREMENTS.read_text().splitlines()
    return next((line.partition("==")[2] for line in lines if line.startswith("ministack==")), "unknown")
