"""Every command in the README is there; what it does is for the other tests, and for an account."""

import re
import subprocess
from pathlib import Path

import pytest

from demo.prerequisites import find_build

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
COMMANDS = [line.strip() for block in BLOCKS for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.startswith("make ")])
def test_make_target_in_the_readme_exists(command: str):
    target = command.split()[1]
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), command


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.startswith("nightshift ")])
def test_nightshift_command_in_the_readme_is_understood(command: str):
    _, *arguments = command.split()
    build = find_build()
    binary = build.target_dir / build.profile / "nightshift"
    ended = subprocess.run(
        [binary, *arguments, "--help"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.startswith("nightshift analyze ")])
def test_analyze_in_the_readme_names_a_root_cause(command: str):
    _, *arguments = command.split()
    build = find_build()
    binary = build.target_dir / build.profile / "nightshift"
    ended = subprocess.run([binary, *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    assert "Root cause:" in ended.stdout


def test_readme_has_no_command_that_nothing_runs():
    known = ("make ", "nightshift ", "cargo lambda invoke ", "export PATH=")
    assert [one for one in COMMANDS if not one.startswith(known)] == []
