"""An instance with an encrypted volume starts only if its starter may let EC2 use the volume's key.

EC2 accepts the call; then the instance goes from pending back to stopped, `Client.InternalError`, and the trail has a
denied CreateGrant by the caller. A volume under the key `aws/ebs`, as one that names no key, needs no such permission.
https://repost.aws/knowledge-center/kms-iam-ec2-permission
"""

import json
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar

import ministack.services.ec2 as ec2
from ministack.core.iam_actions import identity_denial_message
from ministack.core.iam_evaluator import EvalResult, enforce, request_caller_arn
from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.core.router import extract_access_key_id
from ministack.services import cloudtrail

from local_aws import ministack_names as names
from local_aws.fidelity import cloudtrail_record
from local_aws.fidelity.later import later

# Long enough to be seen pending, as it is on AWS.
PENDING_SECONDS = 0.5
_KEY = "KmsKeyId"
_WHY_STOPPED = "_state_reason"
_PENDING, _STOPPED = {"Code": 0, "Name": "pending"}, {"Code": 80, "Name": "stopped"}
_caller: ContextVar[tuple[str, str]] = ContextVar("ec2_caller", default=("", ""))


def install() -> None:
    names.EC2_HANDLE_REQUEST.wrap(_remembering_caller)
    names.EC2_CREATE_VOLUME.wrap(_with_key)
    names.EC2_VOLUME_XML.wrap(_showing_key)
    names.EC2_INSTANCE_XML.wrap(_showing_state_reason)
    names.EC2_START_INSTANCES.wrap(_needing_grants)


def _remembering_caller(original: Callable) -> Callable:
    async def handle_request(method, path, headers, body, query_params):
        key = extract_access_key_id(headers, query_params) or ""
        _caller.set((key, request_caller_arn(headers, query_params) or ""))
        return await original(method, path, headers, body, query_params)

    return handle_request


def _with_key(original: Callable) -> Callable:
    def create_volume(parameters):
        known = set(ec2._volumes)
        response = original(parameters)
        key = ec2._p(parameters, _KEY)
        created = [volume for volume_id, volume in ec2._volumes.items() if volume_id not in known]
        if not key or not created:
            return response
        (volume,) = created
        arn = f"arn:aws:kms:{get_region()}:{get_account_id()}:key/{key}"
        volume[_KEY] = key if key.startswith("arn:") else arn
        return ec2._xml(200, "CreateVolumeResponse", ec2._volume_inner_xml(volume))

    return create_volume


def _showing_key(original: Callable) -> Callable:
    def volume_xml(volume):
        key = f"<kmsKeyId>{volume[_KEY]}</kmsKeyId>" if volume.get(_KEY) else ""
        return original(volume) + key

    return volume_xml


def _showing_state_reason(original: Callable) -> Callable:
    def instance_xml(instance):
        why, xml = instance.get(_WHY_STOPPED), original(instance)
        if not why or instance["State"]["Name"] != "stopped":
            return xml
        reason = f"<reason>{why[1]}</reason><stateReason><code>{why[0]}</code><message>{why[1]}</message></stateReason>"
        return xml.rstrip().removesuffix("</item>") + reason + "</item>"

    return instance_xml


def _needing_grants(original: Callable) -> Callable:
    def start_instances(parameters):
        response = original(parameters)
        for instance_id in ec2._parse_member_list(parameters, "InstanceId"):
            instance = ec2._instances.get(instance_id)
            if instance is None:
                continue
            instance.pop(_WHY_STOPPED, None)
            if any(not _may_grant(key) for key in _keys(instance_id)):
                instance["State"] = dict(_PENDING)
                later(PENDING_SECONDS, _give_up, instance)
                running = "<currentState><code>16</code><name>running</name></currentState>"
                pending = "<currentState><code>0</code><name>pending</name></currentState>"
                status, headers, body = response
                response = status, headers, body.replace(running.encode(), pending.encode())
        return response

    return start_instances


def _give_up(instance: dict) -> None:
    if instance["State"]["Name"] == "pending":
        instance["State"] = dict(_STOPPED)
        instance[_WHY_STOPPED] = ("Client.InternalError", "Client.InternalError: Client error on launch")


def _keys(instance_id: str) -> Iterator[str]:
    for volume in ec2._volumes.values():
        is_attached = any(one["InstanceId"] == instance_id for one in volume.get("Attachments", []))
        if is_attached and volume.get("Encrypted") and volume.get(_KEY):
            yield volume[_KEY]


def _may_grant(key_arn: str) -> bool:
    access_key, caller = _caller.get()
    context = {"kms:ViaService": f"ec2.{get_region()}.amazonaws.com", "kms:GrantIsForAWSResource": "true"}
    denied = enforce(access_key, "kms:CreateGrant", "kms", get_region(), resource_arn=key_arn, service_context=context)
    if denied:
        explicit = isinstance(denied, EvalResult) and denied.decision == "Deny"
        message = identity_denial_message("kms:CreateGrant", caller, key_arn, explicit)
        _record(access_key, key_arn, ("AccessDenied", message))
    else:
        _record(access_key, key_arn, None)
    return not denied


def _record(access_key: str, key_arn: str, error: tuple[str, str] | None) -> None:
    call = cloudtrail_record.Call(
        service="kms", operation="CreateGrant", path="/", body=json.dumps({"KeyId": key_arn}).encode(), form={},
        access_key_id=access_key, region=get_region(), user_agent="ec2-frontend-api.amazonaws.com",
        request_id=new_uuid(), error=error,
    )  # fmt: skip
    entry = cloudtrail_record.entry(call, account=get_account_id(), event_id=new_uuid(), now=time.time())
    cloudtrail._get_event_queue().append(entry)
