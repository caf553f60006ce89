"""The role an automation runs as: who may hand it over, and whether SSM may assume it."""

from botocore.exceptions import ClientError
from ministack.services import iam

from local_aws.automation.authorization import Caller
from local_aws.automation.parameters import invalid
from local_aws.credentials import Credentials
from local_aws.role_trust import trusts_service

_SERVICE = "ssm.amazonaws.com"


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
        session = sts.assume_role(RoleArn=role_arn, RoleSessionName=f"Automation-{execution_id}")["Credentials"]
    except ClientError:
        return None
    return Credentials(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
