"""The ledger that people read is the ledger that is verified, and what was removed from it shows."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from command_line import Said, nightshift
from demo import ledger
from local_aws import Credentials
from scene import Scene


@pytest.fixture
def incident_id(scene: Scene) -> str:
    """One that has ended."""
    found = scene.drill(scene.unexplained())
    scene.wait_until_ended(found)
    return found


@pytest.fixture(scope="module")
def viewer(scene: Scene) -> Credentials:
    iam = scene.aws.client("iam")
    iam.create_user(UserName="auditor")
    iam.attach_user_policy(UserName="auditor", PolicyArn=scene.outputs["ViewerPolicyArn"])
    key = iam.create_access_key(UserName="auditor")["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def join(scene: Scene) -> dict[str, Any]:
    """What the schedule does every five minutes."""
    answer = scene.aws.client("lambda").invoke(FunctionName=scene.outputs["SequenceFunctionArn"], Payload=b"{}")
    said = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, said
    return said


def verify(scene: Scene, *arguments: str, caller: Credentials | None = None) -> Said:
    return nightshift(scene, "audit", "verify", *arguments, caller=caller)


def checkpoint(scene: Scene) -> str:
    head = verify(scene, "--format", "json").json()["head"]
    return f"{head['size']}:{head['root']}"


def stored(scene: Scene, incident_id: str) -> list[dict[str, Any]]:
    return ledger.records(scene.aws.client("dynamodb"), scene.outputs["TableName"], incident_id)


def delete(scene: Scene, item: dict[str, Any]) -> None:
    key = {name: {"S": item[name]} for name in ("pk", "sk")}
    scene.aws.client("dynamodb").delete_item(TableName=scene.outputs["TableName"], Key=key)


def test_whole_ledger_is_intact_for_a_viewer_and_says_what_is_not_proven(
    scene: Scene, incident_id: str, viewer: Credentials
) -> None:
    waiting = verify(scene, caller=viewer)
    assert waiting.exit_code == 0, waiting
    assert "Not in the log yet" in waiting.out
    assert join(scene)["result"] == "joined"
    assert join(scene) == {"result": "nothing_new"}
    intact = verify(scene, caller=viewer)
    assert intact.exit_code == 0, intact
    assert "Not in the log yet" not in intact.out
    assert "Freshness is not proven" in intact.out
    fresh = verify(scene, "--checkpoint", checkpoint(scene), caller=viewer)
    assert fresh.exit_code == 0, fresh
    assert "Freshness is not proven" not in fresh.out


def test_record_that_was_edited_is_named_and_shown_to_nobody_as_if_it_held(scene: Scene, incident_id: str) -> None:
    record = stored(scene, incident_id)[-1]
    try:
        scene.put_item(record | {"body": record["body"].replace("escalated", "resolved")})
        found = verify(scene)
        assert found.exit_code == 1
        assert f"incident {incident_id}: record {record['sequence']} was edited" in " ".join(found.out.split())
        assert "do not rely on it" in nightshift(scene, "show", incident_id).out
    finally:
        scene.put_item(record)
    assert verify(scene).exit_code == 0


def test_record_that_was_removed_is_named(scene: Scene, incident_id: str) -> None:
    middle = stored(scene, incident_id)[1]
    delete(scene, middle)
    try:
        found = verify(scene, "--format", "json")
        assert found.exit_code == 1
        assert f"record {middle['sequence']} is missing" in found.json()["problems"][0]
    finally:
        scene.put_item(middle)
    assert verify(scene).exit_code == 0


def test_chain_that_was_cut_is_found_before_and_after_the_log_has_taken_it_in(scene: Scene, incident_id: str) -> None:
    for _ in ("marked", "in the log"):
        last = stored(scene, incident_id)[-1]
        delete(scene, last)
        try:
            found = verify(scene)
            assert found.exit_code == 1
            assert "records were removed" in found.out
        finally:
            scene.put_item(last)
        assert verify(scene).exit_code == 0
        join(scene)


def test_chain_that_was_written_anew_is_found(scene: Scene, incident_id: str) -> None:
    join(scene)
    before = stored(scene, incident_id)
    dynamodb, table = scene.aws.client("dynamodb"), scene.outputs["TableName"]
    try:
        ledger.rewrite(dynamodb, table, incident_id, lambda body: body.update(at="2026-11-20T03:00:00Z"))
        found = verify(scene)
        assert found.exit_code == 1
        assert "was replaced" in found.out
    finally:
        for record in before:
            scene.put_item(record)
    assert verify(scene).exit_code == 0


def test_log_that_was_cut_with_its_records_is_found_by_a_checkpoint_that_was_kept(scene: Scene) -> None:
    first = scene.drill(scene.unexplained())
    scene.wait_until_ended(first)
    join(scene)
    kept_before = checkpoint(scene)
    later = scene.drill(scene.unexplained())
    scene.wait_until_ended(later)
    join(scene)
    kept = checkpoint(scene)
    size = int(kept_before.split(":")[0])
    batch = scene.item("LOG", f"{size:012}")
    assert batch is not None
    removed = [batch, *stored(scene, later)]
    for item in removed:
        delete(scene, item)
    try:
        assert verify(scene).exit_code == 0, "without a checkpoint an earlier state cannot be told from a whole one"
        assert verify(scene, "--checkpoint", kept_before).exit_code == 0
        found = verify(scene, "--checkpoint", kept)
        assert found.exit_code == 1
        assert "the log was cut" in found.out
    finally:
        for item in removed:
            scene.put_item(item)
    assert verify(scene, "--checkpoint", kept).exit_code == 0


def test_incident_is_proved_offline_with_the_public_key_alone(
    scene: Scene, incident_id: str, viewer: Credentials, tmp_path: Path
) -> None:
    early = nightshift(scene, "audit", "prove", incident_id, caller=viewer)
    assert early.exit_code == 1
    assert "not yet in the log" in early.error
    join(scene)
    key = nightshift(scene, "audit", "key", caller=viewer).out
    assert key.startswith(scene.outputs["LedgerOrigin"])
    proof = nightshift(scene, "audit", "prove", incident_id, caller=viewer)
    assert proof.exit_code == 0, proof
    file = tmp_path / "proof.json"
    file.write_text(proof.out, encoding="utf-8")
    checked = nightshift(scene, "audit", "check", str(file), "--key", key)
    assert checked.exit_code == 0, checked
    assert f"records 1 to {len(stored(scene, incident_id))}" in checked.out
    file.write_text(proof.out.replace("escalated", "resolved"), encoding="utf-8")
    forged = nightshift(scene, "audit", "check", str(file), "--key", key)
    assert forged.exit_code == 1
    assert "was edited" in forged.out


def test_export_holds_every_record_as_lines_and_as_a_report(scene: Scene, incident_id: str) -> None:
    records = stored(scene, incident_id)
    lines = nightshift(scene, "audit", "export", incident_id, "--format", "json").out.splitlines()
    assert [json.loads(line)["hash"] for line in lines] == [record["hash"] for record in records]
    report = nightshift(scene, "audit", "export", incident_id).out
    assert "chain intact" in report
    assert records[-1]["hash"] in report


def test_mark_that_was_lost_is_found_and_repaired(scene: Scene, incident_id: str) -> None:
    dynamodb, table = scene.aws.client("dynamodb"), scene.outputs["TableName"]
    for shard in "0123456789abcdef":
        key = {"pk": {"S": f"UNLOGGED#{shard}"}, "sk": {"S": incident_id}}
        dynamodb.delete_item(TableName=table, Key=key)
    found = verify(scene)
    assert found.exit_code == 1
    assert "nightshift audit repair" in " ".join(found.out.split())
    repaired = nightshift(scene, "audit", "repair")
    assert f"incident {incident_id}" in repaired.out
    assert join(scene)["result"] == "joined"
    assert verify(scene).exit_code == 0
    assert nightshift(scene, "audit", "repair").out.startswith("Nothing to repair")


def test_nobody_but_the_sequencer_signs(scene: Scene, viewer: Credentials) -> None:
    kms = scene.aws.client("kms", viewer)
    with pytest.raises(ClientError, match="AccessDenied"):
        kms.sign(
            KeyId=scene.outputs["LedgerKeyArn"],
            Message=b"head",
            MessageType="RAW",
            SigningAlgorithm="ED25519_SHA_512",
        )
