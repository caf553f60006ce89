"""`policy diff` prints the first request that became allowed, or proves that none did."""

import json
from pathlib import Path

from policies import DEFAULT, add, copy_of_default, nightshift

ACTIONS = ["restore-parameter", "rollback-ecs-service", "rollback-lambda-alias", "start-instance", "stop-instance"]


def test_same_policies_are_proved_to_allow_the_same(tmp_path: Path):
    ended = nightshift("diff", DEFAULT, copy_of_default(tmp_path / "new"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    allowed, denied = ended.stdout.splitlines()
    assert allowed.endswith(": proved that nothing became allowed")
    assert denied.endswith(": proved that nothing became denied")
    assert allowed.partition(":")[0].split(", ") == ACTIONS


def test_other_words_for_the_same_are_no_change(tmp_path: Path):
    new = copy_of_default(tmp_path / "new")
    text = (new / "asks.cedar").read_text()
    assert "context.rival_margin_percent < 20" in text
    (new / "asks.cedar").write_text(text.replace("context.rival_margin_percent < 20", "!(context.rival_margin_percent >= 20)"))
    assert nightshift("diff", DEFAULT, new).returncode == 0


def test_lower_threshold_prints_the_request_that_became_allowed(tmp_path: Path):
    new = copy_of_default(tmp_path / "new")
    text = (new / "asks.cedar").read_text()
    (new / "asks.cedar").write_text(text.replace("context.confidence_percent < 70", "context.confidence_percent < 60"))
    ended = nightshift("diff", DEFAULT, new)
    assert ended.returncode == 1
    assert (
        'start-instance: became allowed without approval, permitted by tier-2-unattended, where\n'
        '  approved = false\n  confidence_percent = 69\n  mode = "autonomous"\n'
    ) in ended.stdout  # fmt: skip
    # With an approval any confidence was enough before, and tier 3 asks in any case.
    assert "with approval" not in ended.stdout
    assert "rollback-ecs-service, stop-instance: proved that nothing became allowed" in ended.stdout
    # The other way round it only takes away.
    back = nightshift("diff", new, DEFAULT)
    assert back.returncode == 0
    assert "start-instance: became denied without approval, before permitted by tier-2-unattended, where" in back.stdout


def test_what_an_approval_newly_lifts_is_told_for_one_action_only(tmp_path: Path):
    new = copy_of_default(tmp_path / "new")
    text = (new / "forbid.cedar").read_text()
    changed = text.replace(
        "when { context.opted_out };",
        'when { context.opted_out && !(context.approved && action == Nightshift::Action::"stop-instance") };',
    )
    assert changed != text
    (new / "forbid.cedar").write_text(changed)
    ended = nightshift("diff", "--format", "json", DEFAULT, new)
    assert ended.returncode == 1
    answer = json.loads(ended.stdout)
    assert [one["action"] for one in answer["actions"]] == ACTIONS
    (changed_action,) = [one for one in answer["actions"] if not one["became_allowed"]["proved_none"]]
    assert changed_action["action"] == "stop-instance"
    assert changed_action["became_allowed"]["first_without_approval"] is None
    request = changed_action["became_allowed"]["first_with_approval"]
    assert (request["permitted_by"], request["facts"]["opted_out"]) == (["approved-by-a-human"], True)
    assert all(one["became_denied"]["proved_none"] for one in answer["actions"])


def test_policy_that_can_overflow_is_named(tmp_path: Path):
    new = copy_of_default(tmp_path / "new")
    add(new, '@id("double")\n@why("It overflows.")\nforbid (principal, action, resource) when { context.severity * 2 > 100 };')
    ended = nightshift("diff", DEFAULT, new)
    assert ended.returncode == 0
    assert "policy double cannot be evaluated for some requests" in ended.stdout


def test_invalid_folder_is_refused(tmp_path: Path):
    ended = nightshift("diff", DEFAULT, tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"{tmp_path}: no *.cedar in it" in ended.stderr
