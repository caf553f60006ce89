"""An Ed25519 key of KMS signs for who may use it, and refuses the rest in AWS' words."""

import json

import pytest
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from local_aws import allow
from local_aws.credentials import Credentials

_ED25519 = {"KeySpec": "ECC_NIST_EDWARDS25519", "KeyUsage": "SIGN_VERIFY"}
_NO_KEY = "12345678-1234-1234-1234-123456789012"


@pytest.fixture
def kms(aws):
    return aws.client("kms")


@pytest.fixture
def key(kms) -> str:
    """ARN of an Ed25519 key."""
    return kms.create_key(**_ED25519)["KeyMetadata"]["Arn"]


def _sign(kms, key: str, **changes) -> bytes:
    request = {"KeyId": key, "Message": b"text\n", "MessageType": "RAW", "SigningAlgorithm": "ED25519_SHA_512"}
    return kms.sign(**(request | changes))["Signature"]


def _public_key(kms, key: str):
    return load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])


def _refusal(call, *arguments, **keywords) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(*arguments, **keywords)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_signature_holds_under_the_public_key_in_der(kms, key):
    answer = kms.get_public_key(KeyId=key)
    # RFC 8410: the 12 bytes say Ed25519, and the key's 32 follow.
    assert answer["PublicKey"][:12].hex() == "302a300506032b6570032100"
    assert len(answer["PublicKey"]) == 44
    assert (answer["KeyId"], answer["KeySpec"], answer["KeyUsage"]) == (key, *_ED25519.values())
    assert answer["SigningAlgorithms"] == ["ED25519_SHA_512", "ED25519_PH_SHA_512"]
    signature = _sign(kms, key)
    assert len(signature) == 64
    _public_key(kms, key).verify(signature, b"text\n")
    with pytest.raises(InvalidSignature):
        _public_key(kms, key).verify(signature, b"other\n")


def test_key_is_found_by_id_arn_and_alias(kms, key, name):
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    ids = [key, key.rpartition("/")[2], f"alias/{name}", key.partition(":key/")[0] + f":alias/{name}"]
    assert len({_sign(kms, one) for one in ids}) == 1


@pytest.mark.parametrize(("size", "is_signed"), [(0, False), (1, True), (4096, True), (4097, False)])
def test_message_has_one_to_4096_bytes(kms, key, size, is_signed):
    if is_signed:
        _public_key(kms, key).verify(_sign(kms, key, Message=b"x" * size), b"x" * size)
    else:
        code, message = _refusal(_sign, kms, key, Message=b"x" * size)
        assert code == "ValidationException"
        assert message.startswith("1 validation error detected: Value at 'message' failed to satisfy constraint")


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            {"SigningAlgorithm": "ECDSA_SHA_256"}, "InvalidKeyUsageException",
            "Algorithm ECDSA_SHA_256 is incompatible with key spec ECC_NIST_EDWARDS25519.",
        ),
        (
            {"MessageType": "DIGEST"}, "ValidationException",
            "Message type DIGEST is incompatible with algorithm ED25519_SHA_512.",
        ),
        (
            {"SigningAlgorithm": "ED25519_PH_SHA_512"}, "ValidationException",
            "Message type RAW is incompatible with algorithm ED25519_PH_SHA_512.",
        ),
        (
            {"MessageType": "TEXT"}, "ValidationException",
            "1 validation error detected: Value 'TEXT' at 'messageType' failed to satisfy constraint: "
            "Member must satisfy enum value set: [RAW, DIGEST, EXTERNAL_MU]",
        ),
    ],
)  # fmt: skip
def test_request_that_does_not_fit_the_key_is_refused(kms, key, changes, code, message):
    assert _refusal(_sign, kms, key, **changes) == (code, message)


def test_unknown_algorithm_is_refused_before_the_key_is_looked_for(kms):
    code, message = _refusal(_sign, kms, _NO_KEY, SigningAlgorithm="ED25519")
    assert code == "ValidationException"
    assert message.startswith("1 validation error detected: Value 'ED25519' at 'signingAlgorithm'")


@pytest.mark.parametrize("call", [_sign, lambda kms, key: kms.get_public_key(KeyId=key)], ids=["Sign", "GetPublicKey"])
def test_absent_key_is_not_found(aws, kms, call):
    arn = f"arn:aws:kms:{aws.region}:{aws.account}"
    absent = f"Key '{arn}:key/{_NO_KEY}' does not exist"
    assert _refusal(call, kms, _NO_KEY) == ("NotFoundException", absent)
    assert _refusal(call, kms, f"{arn}:key/{_NO_KEY}") == ("NotFoundException", absent)
    assert _refusal(call, kms, "alias/absent") == ("NotFoundException", f"Alias {arn}:alias/absent is not found.")
    assert _refusal(call, kms, "key") == ("NotFoundException", "Invalid keyId 'key'")


@pytest.mark.parametrize(
    ("made", "usage"),
    [({}, "ENCRYPT_DECRYPT"), ({"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"}, "KEY_AGREEMENT")],
)
def test_key_of_another_usage_does_not_sign(kms, made, usage):
    key = kms.create_key(**made)["KeyMetadata"]["Arn"]
    message = f"{key} key usage is {usage} which is not valid for Sign."
    assert _refusal(_sign, kms, key) == ("InvalidKeyUsageException", message)


def test_disabled_key_signs_when_it_is_enabled_again(kms, key):
    kms.disable_key(KeyId=key)
    assert _refusal(_sign, kms, key) == ("DisabledException", f"{key} is disabled.")
    kms.enable_key(KeyId=key)
    _public_key(kms, key).verify(_sign(kms, key), b"text\n")


def test_key_that_will_be_deleted_does_not_sign(kms, key):
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert _refusal(_sign, kms, key) == ("KMSInvalidStateException", f"{key} is pending deletion.")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            {"KeySpec": "ECC_NIST_EDWARDS25519"},
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
        ),
        (
            {"KeySpec": "ECC_NIST_EDWARDS25519", "KeyUsage": "ENCRYPT_DECRYPT"},
            "KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec ECC_NIST_EDWARDS25519.",
        ),
        ({"KeyUsage": "SIGN_VERIFY"}, "KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT."),
    ],
)
def test_key_is_made_only_for_what_its_spec_can_do(kms, request_, message):
    assert _refusal(kms.create_key, **request_) == ("ValidationException", message)


@pytest.mark.parametrize("by", ["arn", "id", "alias"])
def test_permission_on_the_keys_arn_is_needed_and_enough(aws, kms, key, name, by):
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    named = {"arn": key, "id": key.rpartition("/")[2], "alias": f"alias/{name}"}[by]
    signer = aws.client("kms", aws.create_role_session(f"signer-{name}", allow("kms:Sign", resource=key)))
    assert _sign(signer, named) == _sign(kms, key)
    assert _refusal(signer.get_public_key, KeyId=named)[0] == "AccessDeniedException"
    other = kms.create_key(**_ED25519)["KeyMetadata"]["Arn"]
    assert _refusal(_sign, signer, other)[0] == "AccessDeniedException"
    # On AWS a policy that names the alias allows no use of the key.
    of_alias = allow("kms:Sign", resource=key.partition(":key/")[0] + f":alias/{name}")
    reader = aws.client("kms", aws.create_role_session(f"alias-{name}", of_alias))
    assert _refusal(_sign, reader, named)[0] == "AccessDeniedException"


def test_key_policy_may_allow_only_roles_whose_name_begins_so(aws, kms, name):
    policy = allow("kms:*") | {"Id": "by-name"}
    policy["Statement"][0] |= {
        "Principal": {"AWS": f"arn:aws:iam::{aws.account}:root"},
        "Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{aws.account}:role/signer-{name}-*"}},
    }
    key = kms.create_key(**_ED25519, Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    for role, may in ((f"signer-{name}-1", True), (f"other-{name}-1", False)):
        signer = aws.client("kms", aws.create_role_session(role, allow("kms:Sign", resource=key)))
        if may:
            assert _sign(signer, key)
        else:
            assert _refusal(_sign, signer, key)[0] == "AccessDeniedException"


def test_key_policy_that_leaves_the_accounts_policies_out_allows_nobody(aws, kms, name):
    policy = allow("kms:*") | {"Id": "nobody"}
    policy["Statement"][0] |= {"Principal": {"AWS": f"arn:aws:iam::{aws.account}:role/other"}}
    key = kms.create_key(**_ED25519, Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    signer = aws.client("kms", aws.create_role_session(name, allow("kms:Sign", resource=key)))
    assert _refusal(_sign, signer, key)[0] == "AccessDeniedException"


def test_key_of_a_stack_signs_for_the_stacks_role_and_is_not_gone_with_it(aws, kms, name):
    arn = {"Fn::GetAtt": ["LogKey", "Arn"]}
    account = {"Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}}
    trust, key_policy = allow("sts:AssumeRole"), allow("kms:*")
    del trust["Statement"][0]["Resource"]
    for policy in (trust, key_policy):
        policy["Statement"][0] |= account
    resources = {
        "LogKey": {"Type": "AWS::KMS::Key", "Properties": {
            **_ED25519, "Description": "signs", "KeyPolicy": key_policy, "PendingWindowInDays": 7}},
        "Signer": {"Type": "AWS::IAM::Role", "Properties": {
            "RoleName": name, "AssumeRolePolicyDocument": trust,
            "Policies": [{"PolicyName": "sign", "PolicyDocument": allow("kms:Sign", resource=arn)}]}},
    }  # fmt: skip
    outputs = {"Arn": {"Value": arn}, "Id": {"Value": {"Ref": "LogKey"}}}
    cloudformation = aws.client("cloudformation")
    template = json.dumps({"Resources": resources, "Outputs": outputs})
    cloudformation.create_stack(StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    found = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    key = kms.describe_key(KeyId=found["Id"])["KeyMetadata"]
    assert (key["Arn"], key["KeyState"]) == (found["Arn"], "Enabled")
    assert (key["KeySpec"], key["KeyUsage"]) == (_ED25519["KeySpec"], _ED25519["KeyUsage"])

    session = aws.client("sts").assume_role(RoleArn=f"arn:aws:iam::{aws.account}:role/{name}", RoleSessionName="signer")
    keys = [session["Credentials"][part] for part in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
    signer = aws.client("kms", Credentials(*keys))
    _public_key(kms, found["Arn"]).verify(_sign(signer, found["Arn"]), b"text\n")

    cloudformation.delete_stack(StackName=name)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    assert kms.describe_key(KeyId=found["Id"])["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_trail_tells_of_a_signature_and_not_what_was_signed(aws, kms, key):
    _sign(kms, key)
    attribute = {"AttributeKey": "EventName", "AttributeValue": "Sign"}
    events = aws.client("cloudtrail").lookup_events(LookupAttributes=[attribute])["Events"]
    (record,) = [json.loads(event["CloudTrailEvent"]) for event in events if key in event["CloudTrailEvent"]]
    assert record["requestParameters"] == {"keyId": key, "messageType": "RAW", "signingAlgorithm": "ED25519_SHA_512"}
    assert record["readOnly"] is True
