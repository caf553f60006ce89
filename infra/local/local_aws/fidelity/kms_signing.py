"""KMS refuses to make a key for what its spec cannot do, and to sign what AWS would not sign.

MiniStack makes keys of every usage, signs with them whatever it gets, and names the errors otherwise: a caller that was
wrong on AWS would be right here.
https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
"""

import re
from collections.abc import Callable

import ministack.services.kms as kms
from ministack.core.responses import error_response_json, get_account_id, get_region

from local_aws import ministack_names as names

_SIGN_VERIFY, _ENCRYPT_DECRYPT, _KEY_AGREEMENT = "SIGN_VERIFY", "ENCRYPT_DECRYPT", "KEY_AGREEMENT"
# What MiniStack checks itself, HMAC keys, is left out.
_USAGES = {
    r"SYMMETRIC_DEFAULT": {_ENCRYPT_DECRYPT},
    r"RSA_\d+": {_ENCRYPT_DECRYPT, _SIGN_VERIFY},
    r"ECC_NIST_P\d+": {_SIGN_VERIFY, _KEY_AGREEMENT},
    r"ECC_NIST_EDWARDS25519|ECC_SECG_P256K1": {_SIGN_VERIFY},
}
_MESSAGE_TYPES = ("RAW", "DIGEST", "EXTERNAL_MU")
# Each takes one type of message, and they cannot be exchanged.
_MESSAGE_TYPE_OF = {"ED25519_SHA_512": "RAW", "ED25519_PH_SHA_512": "DIGEST"}
_MAX_MESSAGE_BYTES = 4096
_KEY_ID = re.compile(r"(mrk-)?[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def install() -> None:
    names.KMS_CREATE_KEY.wrap(_of_a_usage_that_fits)
    names.KMS_SIGN.wrap(_checked)
    names.KMS_GET_PUBLIC_KEY.wrap(_of_a_key_that_exists)


def _of_a_usage_that_fits(original: Callable) -> Callable:
    def create_key(request):
        spec = request.get("KeySpec") or request.get("CustomerMasterKeySpec") or "SYMMETRIC_DEFAULT"
        usages = next((usages for pattern, usages in _USAGES.items() if re.fullmatch(pattern, spec)), None)
        usage = request.get("KeyUsage")
        if usages is None or usage in usages or (usage is None and spec == "SYMMETRIC_DEFAULT"):
            return original(request)
        if usage is None:
            return _invalid("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
        return _invalid(f"KeyUsage {usage} is not compatible with KeySpec {spec}.")

    return create_key


def _of_a_key_that_exists(original: Callable) -> Callable:
    def get_public_key(request):
        return _absent(request) or original(request)

    return get_public_key


def _checked(original: Callable) -> Callable:
    def sign(request):
        return (
            _invalid_request(request)
            or _absent(request)
            or kms._check_key_state(kms._resolve_key(request["KeyId"]))
            or _unfit(request)
            or original(request)
        )

    return sign


def _invalid_request(request: dict) -> tuple | None:
    """What AWS refuses before it looks for the key."""
    message_type = request.get("MessageType", "RAW")
    if request.get("SigningAlgorithm") is None:
        return _invalid_member("signingAlgorithm", "not be null", value="null")
    if request["SigningAlgorithm"] not in kms._SIGNING_ALGORITHM_ENUM:
        enum = f"satisfy enum value set: [{', '.join(kms._SIGNING_ALGORITHM_ENUM)}]"
        return _invalid_member("signingAlgorithm", enum, value=f"'{request['SigningAlgorithm']}'")
    if message_type not in _MESSAGE_TYPES:
        enum = f"satisfy enum value set: [{', '.join(_MESSAGE_TYPES)}]"
        return _invalid_member("messageType", enum, value=f"'{message_type}'")
    message, error = kms._decode_blob(request.get("Message", ""), "message")
    if error:
        return error
    if not message:
        return _invalid_member("message", "have length greater than or equal to 1")
    if len(message) > _MAX_MESSAGE_BYTES:
        return _invalid_member("message", f"have length less than or equal to {_MAX_MESSAGE_BYTES}")
    return None


def _absent(request: dict) -> tuple | None:
    key = request.get("KeyId", "")
    if kms._resolve_key(key):
        return None
    named = key if key.startswith("alias/") else f"key/{key}"
    arn = key if key.startswith("arn:") else f"arn:aws:kms:{get_region()}:{get_account_id()}:{named}"
    if ":alias/" in arn:
        message = f"Alias {arn} is not found."
    elif _KEY_ID.fullmatch(arn.rpartition("/")[2]):
        message = f"Key '{arn}' does not exist"
    else:
        message = f"Invalid keyId '{key}'"
    return error_response_json("NotFoundException", message, 400)


def _unfit(request: dict) -> tuple | None:
    """What AWS refuses of a key that exists and may be used."""
    key, algorithm = kms._resolve_key(request["KeyId"]), request["SigningAlgorithm"]
    message_type = request.get("MessageType", "RAW")
    if key["KeyUsage"] != _SIGN_VERIFY:
        message = f"{key['Arn']} key usage is {key['KeyUsage']} which is not valid for Sign."
        return error_response_json("InvalidKeyUsageException", message, 400)
    error = kms._algorithm_error(key, algorithm, "SigningAlgorithms")
    if error:
        return error
    if _MESSAGE_TYPE_OF.get(algorithm, message_type) != message_type:
        return _invalid(f"Message type {message_type} is incompatible with algorithm {algorithm}.")
    return None


def _invalid_member(member: str, must: str, value: str = "") -> tuple:
    at = f"Value {value} at '{member}'" if value else f"Value at '{member}'"
    return _invalid(f"1 validation error detected: {at} failed to satisfy constraint: Member must {must}")


def _invalid(message: str) -> tuple:
    return error_response_json("ValidationException", message, 400)
