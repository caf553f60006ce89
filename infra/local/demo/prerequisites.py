"""Finds the files that have to be built before the demo can deploy."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = ROOT / "infra" / "template.yaml"
EVENTS = ROOT / "events"
FUNCTIONS = ("ingest", "dedup", "diagnose", "remediate", "verify", "notify", "approve")
CLI = "nightshift"
_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


class Missing(Exception):
    """Something is not there; the message says what, and how to get it."""


@dataclass(frozen=True)
class Build:
    """The folder of the binaries; `NIGHTSHIFT_TARGET_DIR` and `NIGHTSHIFT_PROFILE` choose another."""

    target_dir: Path
    profile: str

    @property
    def cli(self) -> Path:
        return self.target_dir / self.profile / CLI


def find_build() -> Build:
    build = Build(
        Path(os.environ.get("NIGHTSHIFT_TARGET_DIR", ROOT / "target")),
        os.environ.get("NIGHTSHIFT_PROFILE", "debug"),
    )
    directory = build.target_dir / build.profile
    absent = [name for name in (*FUNCTIONS, CLI) if not (directory / name).is_file()]
    if absent:
        raise Missing(f"not built: {', '.join(absent)} (looked in {directory}); `cargo build` builds them")
    if not TEMPLATE.is_file():
        raise Missing(f"{TEMPLATE} is not there")
    return build


def host_architecture() -> str:
    """In SAM's words."""
    machine = platform.machine().lower()
    if machine not in _ARCHITECTURES:
        raise Missing(f"Lambda has no architecture for this host's {machine}")
    return _ARCHITECTURES[machine]
