"""The default policies keep their invariants; what does not keep one is refuted with a request that breaks it."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from policies import DEFAULT, ROOT, add, copy_of_default, nightshift, prove

INVARIANTS = tomllib.loads((DEFAULT / "default.invariants.toml").read_text())["invariant"]
DOCUMENT = (ROOT / "docs/policies.md").read_text()


def test_default_policies_keep_all_their_invariants():
    ended = nightshift("prove")
    *lines, total = ended.stdout.splitlines()
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert lines == [f"proved   {one['id']}: {one['claim']}" for one in INVARIANTS]
    count = len(INVARIANTS)
    assert re.fullmatch(
        rf"{count} invariants: {count} proved, 0 refuted, 0 vacuous, 0 unknown; "
        r"over all requests of 5 actions, in \d+\.\d s \(cvc5 [\d.]+\)",
        total,
    )


def test_folder_of_the_default_policies_is_proved_as_well():
    answer = prove(DEFAULT)
    assert {one["result"] for one in answer["invariants"]} == {"proved"}
    assert answer["invariants"][0]["file"].endswith("infra/policies/default.invariants.toml")


def _with_invariant(folder: Path, condition: str, further: str = "") -> Path:
    copy_of_default(folder)
    (folder / "default.invariants.toml").unlink()
    text = f"[[invariant]]\nid = \"own\"\nclaim = \"Our own.\"\nnever_allow_when = '''{condition}'''\n{further}"
    (folder / "own.invariants.toml").write_text(text)
    return folder


def test_false_invariant_is_refuted_with_the_facts_that_matter(tmp_path: Path):
    folder = _with_invariant(tmp_path / "own", "context.confidence_percent < 71 && !context.approved && !context.undo")
    ended = nightshift("prove", folder)
    assert ended.returncode == 1
    expected = """\
refuted  own: Our own.
  restore-parameter is allowed, permitted by tier-2-unattended, where
    approved = false
    confidence_percent = 70
    mode = "autonomous"
    undo = false
Facts that are not listed have values that do not speak against acting, as in tables of cases.
1 invariant: 0 proved, 1 refuted, 0 vacuous, 0 unknown; over all requests of 5 actions, in """
    assert ended.stdout.startswith(expected)


def test_unknown_fact_of_a_counterexample_is_written_as_in_a_table(tmp_path: Path):
    folder = _with_invariant(tmp_path / "own", "!(context has dependants) && !context.approved && !context.undo")
    (invariant,) = prove(folder)["invariants"]
    assert invariant["result"] == "refuted"
    facts = invariant["counterexample"]["facts"]
    assert facts["dependants"] == "unknown"
    assert facts["environment"] in ("staging", "development")


def test_permit_of_a_teams_own_is_refuted_where_it_goes_too_far(tmp_path: Path):
    folder = copy_of_default(tmp_path / "own")
    add(folder, '@id("scale-at-will")\n@why("It is only a stop.")\n'
                'permit (principal, action == Nightshift::Action::"stop-instance", resource) when { context.mode == "shadow" };')  # fmt: skip
    # What forbids holds against it.
    assert {one["result"] for one in prove(folder)["invariants"]} == {"proved"}
    (folder / "forbid.cedar").write_text("")
    refuted = {one["id"] for one in prove(folder)["invariants"] if one["result"] == "refuted"}
    assert {"kill-switch", "quarantined-target", "unseen-target"} <= refuted


def test_condition_that_no_request_meets_is_vacuous_and_fails(tmp_path: Path):
    folder = _with_invariant(tmp_path / "own", "context.severity > 3 && context.severity < 4")
    ended = nightshift("prove", folder)
    assert ended.returncode == 1
    assert re.search(r"no request meets never_allow_when \(.*own\.invariants\.toml:1\)", ended.stdout)


def test_example_of_the_document_is_refuted_as_it_says(tmp_path: Path):
    folder = copy_of_default(tmp_path / "own")
    (folder / "default.invariants.toml").unlink()
    (example,) = [block for block in re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL) if "[[invariant]]" in block]
    (folder / "own.invariants.toml").write_text(example)
    ended = nightshift("prove", folder)
    (told,) = re.findall(r"```\n(refuted.*?)```", DOCUMENT, re.DOTALL)
    seconds = re.compile(r"in [\d.]+ s")
    assert seconds.sub("in N s", ended.stdout) == seconds.sub("in N s", told)


def test_document_lists_the_invariants():
    rows = re.findall(r"^\| `([\w-]+)` \| (.+) \|$", DOCUMENT.split("### The default invariants")[1], re.MULTILINE)
    assert rows == [(one["id"], one["claim"]) for one in INVARIANTS]


def test_commands_of_the_document_succeed(tmp_path: Path):
    commands = re.findall(r"^nightshift policy ((?:test|prove|diff).*)$", DOCUMENT, re.MULTILINE)
    assert len(commands) >= 4
    own = copy_of_default(tmp_path / "my-policies")
    for command in commands:
        words = [str(own) if word == "my-policies" else word for word in command.split()]
        ended = nightshift(*words)
        assert ended.returncode == 0, (command, ended.stdout, ended.stderr)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "own.invariants.toml:1: no invariants: expected at least one [[invariant]]"),
        ("[[invariant]]\nid = 1\n", "own.invariants.toml:2: invalid type: integer `1`, expected a string"),
        ("[[invariant]]\nid = \"a\"\nclaim = \"b\"\nnever = 'true'\n", "own.invariants.toml:4: unknown field `never`, expected one of"),
        ("[[invariant]]\nid = \"a\"\nclaim = \"b\"\nnever_allow_when = 'context.moon'\n",
         "own.invariants.toml:4: invariant \"a\": never_allow_when: attribute `moon`"),
        ("[[invariant]]\nid = \"a\"\nclaim = \"b\"\nnever_allow_when = 'context.drill &&'\n",
         "own.invariants.toml:4: invariant \"a\": never_allow_when: "),
    ],
)  # fmt: skip
def test_invalid_file_is_refused_with_its_place_and_what_would_be_right(tmp_path: Path, text: str, expected: str):
    folder = copy_of_default(tmp_path / "own")
    (folder / "own.invariants.toml").write_text(text)
    ended = nightshift("prove", folder)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert expected in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_folder_without_invariants_is_refused(tmp_path: Path):
    folder = copy_of_default(tmp_path / "own")
    (folder / "default.invariants.toml").unlink()
    ended = nightshift("prove", folder)
    assert ended.returncode == 2
    assert "no *.invariants.toml in it" in ended.stderr


def test_json_has_the_counterexample(tmp_path: Path):
    folder = _with_invariant(tmp_path / "own", "context.drill && context.approved")
    ended = nightshift("prove", "--format", "json", folder)
    answer = json.loads(ended.stdout)
    assert (ended.returncode, answer["refuted"]) == (1, 1)
    example = answer["invariants"][0]["counterexample"]
    assert example["permitted_by"] == ["approved-by-a-human"]
    assert example["facts"] == {"approved": True, "drill": True, "mode": "autonomous"}
