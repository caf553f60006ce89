import pytest
from botocore.exceptions import ClientError


def test_account_is_not_subscribed_to_security_hub(aws):
    with pytest.raises(ClientError) as refused:
        aws.client("securityhub").get_findings(Filters={})
    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidAccessException"
    assert "not subscribed to AWS Security Hub" in error["Message"]
