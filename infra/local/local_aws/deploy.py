"""Deploys a SAM template, unmodified, to a local AWS."""

import time
from pathlib import Path

from botocore.exceptions import ClientError

from local_aws.emulator import LocalAws
from local_aws.packaging import package

DEPLOY_TIMEOUT_SECONDS = 300.0
_POLL_SECONDS = 0.1
_BUCKET = "local-aws-packages"
# CloudFormation's own limit on a template in the request; a longer one goes through S3.
_MAX_INLINE_TEMPLATE_BYTES = 51_200
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
# A stack in one of these can only be deleted.
_DEAD_STATUSES = {"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"}


class DeployFailed(Exception):
    """CloudFormation refused or rolled back; the message names each failing resource and why."""


def deploy(
    aws: LocalAws,
    stack_name: str,
    template: Path,
    *,
    parameters: dict[str, str] | None = None,
    zips_dir: Path | None = None,
) -> dict[str, str]:
    """Creates or updates the stack and waits for it; its outputs by key."""
    template = Path(template).resolve()
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=_BUCKET)
    body = package(template, zips_dir, _BUCKET, s3)
    cloudformation = aws.client("cloudformation")
    request = {
        "StackName": stack_name,
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value} for key, value in (parameters or {}).items()
        ],
        "Capabilities": _CAPABILITIES,
        **_template_argument(aws, stack_name, body, s3),
    }
    existing = _status(cloudformation, stack_name)
    if existing in _DEAD_STATUSES:
        cloudformation.delete_stack(StackName=stack_name)
        _wait(cloudformation, stack_name)
        existing = None
    try:
        if existing is None:
            cloudformation.create_stack(**request)
        else:
            cloudformation.update_stack(**request)
    except ClientError as refused:
        if "No updates are to be performed" in str(refused):
            return _outputs(cloudformation, stack_name)
        raise DeployFailed(f"stack {stack_name} from {template} was refused: {refused}") from refused
    status = _wait(cloudformation, stack_name)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise DeployFailed(
            f"stack {stack_name} from {template} ended as {status}:\n{_failures(cloudformation, stack_name)}"
        )
    return _outputs(cloudformation, stack_name)


def _template_argument(aws: LocalAws, stack_name: str, body: str, s3) -> dict[str, str]:
    if len(body.encode()) <= _MAX_INLINE_TEMPLATE_BYTES:
        return {"TemplateBody": body}
    key = f"{stack_name}.template.yaml"
    s3.put_object(Bucket=_BUCKET, Key=key, Body=body.encode())
    return {"TemplateURL": f"{aws.endpoint}/{_BUCKET}/{key}"}


def _status(cloudformation, stack_name: str) -> str | None:
    try:
        return cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _wait(cloudformation, stack_name: str) -> str | None:
    deadline = time.monotonic() + DEPLOY_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        status = _status(cloudformation, stack_name)
        if status is None or not status.endswith("_IN_PROGRESS"):
            return status
        time.sleep(_POLL_SECONDS)
    raise DeployFailed(f"stack {stack_name} was still {status} after {DEPLOY_TIMEOUT_SECONDS:.0f} s")


def _failures(cloudformation, stack_name: str) -> str:
    events = cloudformation.describe_stack_events(StackName=stack_name)["StackEvents"]
    reasons = [
        f"  {event['LogicalResourceId']} ({event.get('ResourceType', '?')}): {event['ResourceStatusReason']}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("_FAILED") and event.get("ResourceStatusReason")
    ]
    return "\n".join(reasons) or "  no failed event has a reason; look into the emulator's log"


def _outputs(cloudformation, stack_name: str) -> dict[str, str]:
    stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
