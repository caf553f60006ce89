"""The mode is created where there is none, and never changed."""

import sys

import pytest
from botocore.exceptions import ClientError

from deployment_mode import LONGEST_STACK_NAME, create_mode, main, mode_after, name_problem, parameter_prefix


def test_mode_that_is_there_stays(aws, name):
    ssm, prefix = aws.client("ssm"), f"/{name}"
    assert create_mode(ssm, prefix, "supervised") is True
    ssm.put_parameter(Name=f"{prefix}/mode", Value="off", Overwrite=True)
    for mode in ("supervised", "observe", "autonomous"):
        assert create_mode(ssm, prefix, mode) is False
        assert ssm.get_parameter(Name=f"{prefix}/mode")["Parameter"]["Value"] == "off"


def test_mode_of_another_word_is_refused_by_parameter_store(aws, name):
    class Asked(Exception):
        pass

    class Ssm:
        class exceptions:
            ParameterAlreadyExists = KeyError

        def put_parameter(self, **request):
            assert "Overwrite" not in request
            assert request["AllowedPattern"] == "^(off|observe|shadow|supervised|autonomous)$"
            raise Asked

    with pytest.raises(Asked):
        create_mode(Ssm(), f"/{name}", "supervised")


def test_mode_of_a_deployment_that_lost_it_is_observe():
    assert mode_after(stack_was_there=False) == "supervised"
    assert mode_after(stack_was_there=True) == "observe"


def test_stack_whose_signer_would_get_another_name_is_not_deployed():
    assert name_problem("n" * LONGEST_STACK_NAME) is None
    role = f"{'n' * LONGEST_STACK_NAME}-SequenceFunctionRole-{'x' * 12}"
    assert len(role) == 64
    with pytest.raises(SystemExit, match="31 characters: expected at most 30"):
        main(["n" * 31, "--", sys.executable, "-c", "raise AssertionError('it was deployed')"])


def test_prefix_of_a_stack_that_is_not_there_is_none(aws, name):
    assert parameter_prefix(aws.client("cloudformation"), name) is None


def test_other_error_of_the_account_is_one():
    class Cloudformation:
        class exceptions:
            ClientError = ClientError

        def describe_stacks(self, StackName):
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeStacks")

    with pytest.raises(ClientError):
        parameter_prefix(Cloudformation(), "nightshift")
