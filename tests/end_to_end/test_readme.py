"""Every command in the README is there, and those that need no account do what it says."""

import glob
import json
import re
import subprocess
from pathlib import Path

import pytest

from demo.prerequisites import find_build

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
COMMANDS = [line.strip() for block in BLOCKS for line in block.splitlines() if line.strip()]
# These are run as they stand there; each answers with this text.
WITHOUT_AN_ACCOUNT_SAYS = {
    "nightshift analyze ": "Root cause:",
    "nightshift ingest ": "malformed.json: rejected",
    "nightshift logs diff ": "1 new",
    "nightshift simulate ": "parameter-overwritten-downstream: would ask to approve restore-parameter on",
}
WITHOUT_AN_ACCOUNT = tuple(WITHOUT_AN_ACCOUNT_SAYS)


def _nightshift(*arguments: str) -> subprocess.CompletedProcess[str]:
    """In the repository's root, with file patterns put in as a shell does it."""
    build = find_build()
    words = [word for one in arguments for word in (sorted(glob.glob(one, root_dir=ROOT)) if "*" in one else [one])]
    return subprocess.run(
        [build.target_dir / build.profile / "nightshift", *words],
        cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def _totals(*options: str) -> dict:
    ended = _nightshift("simulate", "--format", "json", *options, "tests/scenarios")
    return json.loads(ended.stdout.splitlines()[-1])["totals"]


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.startswith("make ")])
def test_make_target_in_the_readme_exists(command: str):
    target = command.split()[1]
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), command


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.startswith("nightshift ")])
def test_nightshift_command_in_the_readme_is_understood(command: str):
    ended = _nightshift(*command.split()[1:], "--help")
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.startswith(WITHOUT_AN_ACCOUNT)])
def test_command_without_an_account_answers_as_the_readme_says(command: str):
    ended = _nightshift(*command.split()[1:])
    assert ended.returncode == 0, ended.stderr
    expected = next(text for start, text in WITHOUT_AN_ACCOUNT_SAYS.items() if command.startswith(start))
    assert expected in ended.stdout


def test_only_the_event_that_is_malformed_on_purpose_is_rejected():
    ended = _nightshift("ingest", "events/*.json", "--format", "json")
    outcomes = {Path(line["file"]).name: line["outcome"] for line in map(json.loads, ended.stdout.splitlines())}
    assert len(outcomes) > 10
    assert [name for name, outcome in outcomes.items() if outcome == "rejected"] == ["malformed.json"]


def test_figures_of_simulate_are_those_of_a_run():
    with_model, without = (_totals(*options) for options in ((), ("--without-model",)))
    readme = " ".join((ROOT / "README.md").read_text().split())
    cause, passed = with_model["with_a_cause"], with_model["passed"]
    assert f"has [{passed['of']} of them]" in readme
    assert f"Of the {cause['of']} with a cause, {cause['right']} come to the right component" in readme
    assert f"of a model, {without['with_a_cause']['right']} without any model" in readme
    assert f"In all, {passed['right']} of {passed['of']} pass ({without['passed']['right']} without a model)" in readme
    assert with_model["forbidden_would_run"] == without["forbidden_would_run"] == 0


def test_readme_has_no_command_that_nothing_runs():
    known = ("make ", "nightshift ", "cargo lambda invoke ", "export PATH=")
    assert [one for one in COMMANDS if not one.startswith(known)] == []
