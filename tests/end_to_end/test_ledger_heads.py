"""The heads of the ledger's log lie in a bucket, which neither the sequencer overwrites nor whoever may write the table reaches."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from command_line import Said, nightshift
from demo import ledger
from local_aws import Credentials
from scene import HEADS, Scene


@pytest.fixture
def ended(scene: Scene) -> str:
    found = scene.drill(scene.unexplained())
    scene.wait_until_ended(found)
    return found


@pytest.fixture(scope="module")
def sequencer(scene: Scene) -> Credentials:
    """Somebody with the sequencer's policies."""
    iam, role = scene.aws.client("iam"), scene.role_of("sequence")
    documents = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    documents = [json.loads(one) if isinstance(one, str) else one for one in documents]
    statements = [statement for one in documents for statement in one["Statement"]]
    return scene.aws.create_role_session("as-the-sequencer", {"Version": "2012-10-17", "Statement": statements})


def invoke(scene: Scene) -> tuple[bool, dict[str, Any]]:
    """Whether the sequencer succeeded, and its answer."""
    answer = scene.aws.client("lambda").invoke(FunctionName=scene.outputs["SequenceFunctionArn"], Payload=b"{}")
    return "FunctionError" not in answer, json.loads(answer["Payload"].read())


def kept(scene: Scene) -> dict[str, str]:
    """The notes in the bucket by their keys."""
    s3 = scene.aws.client("s3")
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=HEADS).get("Contents", [])]
    return {key: s3.get_object(Bucket=HEADS, Key=key)["Body"].read().decode() for key in keys}


def verify(scene: Scene, *arguments: str) -> Said:
    return nightshift(scene, "audit", "verify", *arguments)


def test_each_head_is_put_under_the_deployments_name_and_proves_the_ledger(
    scene: Scene, ended: str, tmp_path: Path
) -> None:
    succeeded, joined = invoke(scene)
    assert succeeded, joined
    notes = kept(scene)
    prefix = f"{scene.outputs['LedgerOrigin']}/"
    assert notes and all(key.startswith(prefix) for key in notes), notes.keys()
    assert notes[max(notes)] == joined["checkpoint"]
    for number, note in enumerate(notes.values()):
        (tmp_path / str(number)).write_text(note, encoding="utf-8")
    key = nightshift(scene, "audit", "key").out
    whole = verify(scene, "--checkpoint", str(tmp_path), "--key", key)
    assert whole.exit_code == 0, whole
    assert "Freshness is not proven" not in whole.out

    newest = tmp_path / "newest"
    newest.write_text(joined["checkpoint"], encoding="utf-8")
    size = int(joined["checkpoint"].splitlines()[1])
    removed = [scene.item("LOG", sk) for sk in _batches_behind(scene, size)]
    removed += ledger.records(scene.aws.client("dynamodb"), scene.outputs["TableName"], ended)
    for item in removed:
        key_of = {name: {"S": item[name]} for name in ("pk", "sk")}
        scene.aws.client("dynamodb").delete_item(TableName=scene.outputs["TableName"], Key=key_of)
    try:
        cut = verify(scene, "--checkpoint", str(newest))
        assert cut.exit_code == 1
        assert "the log was cut" in cut.out
    finally:
        for item in removed:
            scene.put_item(item)
    forged = tmp_path / "forged"
    forged.write_text(joined["checkpoint"].replace(f"\n{size}\n", f"\n{size - 1}\n"), encoding="utf-8")
    refused = verify(scene, "--checkpoint", str(forged))
    assert refused.exit_code == 2
    assert str(forged) in refused.error


def _batches_behind(scene: Scene, size: int) -> list[str]:
    """The sort key of the batch that leads to this size."""
    answer = scene.aws.client("dynamodb").query(
        TableName=scene.outputs["TableName"],
        KeyConditionExpression="pk = :log",
        ExpressionAttributeValues={":log": {"S": "LOG"}},
    )
    last = answer["Items"][-1]
    assert json.loads(last["checkpoint"]["S"].splitlines()[1]) == size
    return [last["sk"]["S"]]


def test_head_that_is_there_is_not_overwritten(scene: Scene, ended: str, sequencer: Credentials) -> None:
    invoke(scene)
    before = kept(scene)
    s3 = scene.aws.client("s3", sequencer)
    with pytest.raises(ClientError, match="PreconditionFailed|412"):
        s3.put_object(Bucket=HEADS, Key=max(before), Body=b"other", IfNoneMatch="*")
    assert kept(scene) == before
    # Nothing new, and the newest head is put again in vain.
    assert invoke(scene) == (True, {"result": "nothing_new"})
    assert kept(scene) == before


def test_sequencer_puts_nothing_elsewhere_and_reads_nothing(scene: Scene, sequencer: Credentials) -> None:
    s3 = scene.aws.client("s3", sequencer)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=HEADS, Key="nightshift/elsewhere", Body=b"x", IfNoneMatch="*")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.list_objects_v2(Bucket=HEADS)
    for action in (s3.get_object, s3.delete_object):
        with pytest.raises(ClientError, match=r"AccessDenied|403"):
            action(Bucket=HEADS, Key=max(kept(scene), default="none"))


def test_bucket_that_takes_no_head_stops_no_chain_and_the_head_is_put_later(scene: Scene, ended: str) -> None:
    before = kept(scene)
    with scene.denied(scene.role_of("sequence"), "s3:PutObject"):
        for _ in range(2):
            succeeded, said = invoke(scene)
            assert not succeeded
            assert said["errorType"] == "Sequence.CheckpointNotKept"
        assert "Not in the log yet" not in verify(scene).out
    assert kept(scene) == before
    assert invoke(scene) == (True, {"result": "nothing_new"})
    assert len(kept(scene)) == len(before) + 1
