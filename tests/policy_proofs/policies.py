"""Runs `nightshift policy` on folders of policies that a test changes, with the solver that `make setup` installs."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = ROOT / "infra/policies"
SOLVER = ROOT / "infra/solver/cvc5_stdio.py"
BINARY = Path(os.environ.get("NIGHTSHIFT_TARGET_DIR", ROOT / "target")) / os.environ.get("NIGHTSHIFT_PROFILE", "debug") / "nightshift"


def nightshift(*arguments: str | Path, solver: str | Path | None = SOLVER, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "CVC5"}
    environment |= {"CVC5": str(solver)} if solver else {}
    environment |= {"PATH": path} if path is not None else {}
    return subprocess.run(
        [BINARY, "policy", *map(str, arguments)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def prove(folder: Path | None = None) -> dict:
    """The answer as JSON, of the default policies or of a folder."""
    ended = nightshift("prove", "--format", "json", *([folder] if folder else []))
    assert ended.returncode in (0, 1), ended.stderr
    return json.loads(ended.stdout)


def copy_of_default(folder: Path) -> Path:
    folder.mkdir()
    for file in DEFAULT.glob("*"):
        shutil.copy(file, folder)
    return folder


def ids(file: str) -> list[str]:
    return re.findall(r'^@id\("(.+)"\)', (DEFAULT / file).read_text(), re.MULTILINE)


def remove(folder: Path, file: str, policy: str) -> str:
    """Takes a policy out of a file, and returns it. Policies are the blocks between blank lines."""
    blocks = (folder / file).read_text().split("\n\n")
    kept = [block for block in blocks if f'@id("{policy}")' not in block]
    (removed,) = (block for block in blocks if block not in kept)
    (folder / file).write_text("\n\n".join(kept))
    return removed


def add(folder: Path, policy: str) -> None:
    (folder / "own.cedar").write_text(policy)
