"""The mode of a deployment: created once, and never changed by a deployment.

`python -m deployment_mode STACK -- COMMAND` runs the command that deploys the stack, and then creates the mode in the
account of the credentials, where there is none: `supervised` for a stack that was not there before. For one that was,
somebody deleted the mode, or the stack's former template owned it and took it along: then it is `observe`, because
nobody has said that this deployment may act.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

MODES = ("off", "observe", "shadow", "supervised", "autonomous")
FIRST = "supervised"
# IAM takes 64 characters, and CloudFormation names the role of the sequencer STACK-SequenceFunctionRole- and twelve letters. With
# a longer name it shortens the stack's, and the key of the ledger's log would not know its signer.
LONGEST_STACK_NAME = 30
LOST = "observe"


def create_mode(ssm: Any, prefix: str, mode: str) -> bool:
    """Creates the mode; `False` where there is one, which stays as it is."""
    try:
        ssm.put_parameter(
            Name=f"{prefix}/mode",
            Description="Nightshift's mode, the ceiling for every application's own.",
            Type="String",
            Value=mode,
            AllowedPattern=f"^({'|'.join(MODES)})$",
        )
    except ssm.exceptions.ParameterAlreadyExists:
        return False
    return True


def name_problem(stack: str) -> str | None:
    """What is wrong with a stack's name; `None` where nothing is."""
    if len(stack) <= LONGEST_STACK_NAME:
        return None
    return (
        f"the stack's name {stack} has {len(stack)} characters: expected at most {LONGEST_STACK_NAME}. With a longer one "
        "the role that signs the ledger's log gets a name that the log's key does not permit. Choose another with STACK="
    )


def mode_after(*, stack_was_there: bool) -> str:
    """The mode to create for a deployment that has none."""
    return LOST if stack_was_there else FIRST


def parameter_prefix(cloudformation: Any, stack: str) -> str | None:
    """The stack's own; `None` where there is no stack."""
    try:
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except cloudformation.exceptions.ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    outputs = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}
    return outputs.get("ParameterPrefix", "")


def main(arguments: Sequence[str]) -> None:
    import boto3  # Only here: the tests bring clients of their own.

    stack, separator, *command = arguments
    if separator != "--" or not command:
        sys.exit("expected: python -m deployment_mode STACK -- COMMAND")
    if problem := name_problem(stack):
        sys.exit(problem)
    session = boto3.Session(
        region_name=_option(command, "--region") or os.environ.get("AWS_REGION"),
        profile_name=_option(command, "--profile"),
    )
    cloudformation = session.client("cloudformation")
    was_there = parameter_prefix(cloudformation, stack) is not None
    subprocess.run(command, check=True)
    prefix = parameter_prefix(cloudformation, stack)
    if not prefix:
        sys.exit(f"the stack {stack} has no output ParameterPrefix: create its mode by hand")
    mode = mode_after(stack_was_there=was_there)
    if create_mode(session.client("ssm"), prefix, mode):
        print(f"{prefix}/mode is {mode}: to change it, aws ssm put-parameter --name {prefix}/mode --overwrite --value MODE")


def _option(command: Sequence[str], name: str) -> str | None:
    return next((after for option, after in zip(command, command[1:], strict=False) if option == name), None)


if __name__ == "__main__":
    main(sys.argv[1:])
