"""`infra/build.sh` builds what it is asked for and nothing else. No compiler runs: `cargo` and `rustup` are stand-ins."""

import subprocess
from pathlib import Path

import pytest

_SCRIPT = Path(__file__).resolve().parents[2] / "build.sh"
# Writes its arguments down, and the zips that the real one would make.
_CARGO = """#!/usr/bin/env bash
echo "$@" >> cargo.log
while [ $# -gt 0 ]; do
  case "$1" in
    --lambda-dir) directory=$2 ;;
    --package) mkdir -p "$directory/$2" && printf '%2048s' '' > "$directory/$2/bootstrap.zip" ;;
  esac
  shift
done
"""
_RUSTUP = "#!/usr/bin/env bash\necho x86_64-unknown-linux-gnu\n"


def _build(directory: Path, *arguments: str) -> tuple[subprocess.CompletedProcess, list[str]]:
    tools = directory / ".tools" / "sam" / "bin"
    tools.mkdir(parents=True)
    for name, content in (("cargo", _CARGO), ("rustup", _RUSTUP)):
        (tools / name).write_text(content)
        (tools / name).chmod(0o755)
    ended = subprocess.run(
        ["bash", _SCRIPT, *arguments], cwd=directory, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    log = directory / "cargo.log"
    return ended, log.read_text().splitlines() if log.exists() else []


@pytest.mark.parametrize(
    ("architecture", "flags", "directories"),
    [
        ("arm64", ["--arm64"], ["lambda"]),
        ("x86_64", ["--x86-64"], ["lambda-x86_64"]),
        ("all", ["--arm64", "--x86-64"], ["lambda", "lambda-x86_64"]),
    ],
)
def test_builds_the_architectures_that_are_asked_for(tmp_path, architecture, flags, directories):
    ended, builds = _build(tmp_path, architecture, "ingest", "dedup")
    assert ended.returncode == 0, ended.stderr
    assert [[word for word in build.split() if word in ("--arm64", "--x86-64")] for build in builds] == [[one] for one in flags]
    assert all("--profile function" in build for build in builds)
    assert sorted(one.name for one in (tmp_path / "target").iterdir()) == directories
    assert ended.stdout.count("ingest             2 KB") == len(directories), ended.stdout


@pytest.mark.parametrize("arguments", [(), ("arm", "ingest")])
def test_invalid_architecture_is_refused_before_anything_is_built(tmp_path, arguments):
    ended, builds = _build(tmp_path, *arguments)
    assert ended.returncode == 2
    assert "expected arm64, x86_64 or all" in ended.stderr
    assert builds == []


@pytest.mark.parametrize("gnu_only", ["stat -c", "readlink -f", "sed -i ", "date -d", "sort -V", "mapfile", "declare -A"])
def test_scripts_use_nothing_that_macos_lacks(gnu_only):
    scripts = (_SCRIPT, _SCRIPT.parent / "local" / "prerequisites.sh")
    assert [script.name for script in scripts if gnu_only in script.read_text()] == []
