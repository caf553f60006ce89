"""The role an automation runs as: who may hand it over, and whether SSM may assume it."""

import dataclasses

from botocore.exceptions import ClientError
from ministack.services import iam

from local_aws import ministack_names as names
from local_aws.automation.authorization import Caller
from local_aws.automation.parameters import invalid
from local_aws.credentials import Credentials
from local_aws.role_trust import trusts_service

_SERVICE = "ssm.amazonaws.com"
_SESSION_PREFIX = "Automation-"


def install() -> None:
    """Gives SSM's own AssumeRole the condition keys that a trust policy against confused deputies asks for."""
    names.EVALUATE_TRUST_POLICY.wrap(_with_the_source)


def _with_the_source(original):
    def evaluate_trust_policy(trust_doc, caller_arn, ctx=None):
        session = (ctx.service_context.get("sts:rolesessionname") or "") if ctx else ""
        # Only root, which nothing limits anyway, is taken at its word.
        if session.startswith(_SESSION_PREFIX) and caller_arn.endswith(":root"):
            execution = session.removeprefix(_SESSION_PREFIX)
            source = {
                "aws:sourceaccount": ctx.principal_account,
                "aws:sourcearn": f"arn:aws:ssm:{ctx.region}:{ctx.principal_account}:automation-execution/{execution}",
            }
            ctx = dataclasses.replace(ctx, service_context={**ctx.service_context, **source})
        return original(trust_doc, caller_arn, ctx)

    return evaluate_trust_policy


def check_caller_may_pass(caller: Caller, role_arn: str) -> None:
    """Raises AccessDeniedException unless the caller has iam:PassRole on the role for SSM."""
    caller.require("iam:PassRole", role_arn, {"iam:PassedToService": _SERVICE})


def check_ssm_may_assume(role_arn: str) -> None:
    """Raises InvalidAutomationExecutionParametersException, as SSM does when an execution starts."""
    role = iam._roles.get(role_arn.rsplit("/", 1)[-1])
    if role is None or role["Arn"] != role_arn or not trusts_service(role["AssumeRolePolicyDocument"], _SERVICE):
        raise invalid("The defined assume role is unable to be assumed.")


def assume(sts, role_arn: str, execution_id: str) -> Credentials | None:
    """The session's credentials, or None when STS refuses."""
    try:
        session = sts.assume_role(RoleArn=role_arn, RoleSessionName=f"{_SESSION_PREFIX}{execution_id}")["Credentials"]
    except ClientError:
        return None
    return Credentials(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
