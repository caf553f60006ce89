"""Users and role sessions with exactly the policy a test gives them."""

import json

from local_aws.credentials import Credentials


def allow(*actions: str, resource: str | list[str] = "*") -> dict:
    """A policy document with one Allow statement."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": resource}],
    }


def trust_of_service(service: str) -> dict:
    """A trust policy for an AWS service, such as `ssm.amazonaws.com`."""
    return _trust({"Service": service})


def create_user(iam, name: str, policy: dict) -> Credentials:
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="test", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def create_role(iam, name: str, policy: dict, trust: dict) -> str:
    """The new role's ARN."""
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="test", PolicyDocument=json.dumps(policy))
    return role["Arn"]


def create_role_session(iam, sts, account: str, name: str, policy: dict) -> Credentials:
    """A role that the account may assume, and a session of it."""
    role_arn = create_role(iam, name, policy, _trust({"AWS": f"arn:aws:iam::{account}:root"}))
    session = sts.assume_role(RoleArn=role_arn, RoleSessionName="local-aws")["Credentials"]
    return Credentials(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])


def _trust(principal: dict) -> dict:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
    }
