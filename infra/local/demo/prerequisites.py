"""Finds the binaries and files that the demo deploys."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = ROOT / "infra" / "template.yaml"
EVENTS = ROOT / "events"
FUNCTIONS = ("webhook", "ingest", "dedup", "diagnose", "remediate", "verify", "notify", "approve", "sequence")
CLI = "nightshift"
_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


class Missing(Exception):
    """A file is missing; the message names it and says how to get it."""


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
        raise Missing(f"not built: {', '.join(absent)} (expected in {directory}); `make binaries` builds them")
    if not TEMPLATE.is_file():
        raise Missing(f"{TEMPLATE} is missing")
    return build


def host_architecture() -> str:
    """The host's architecture, as SAM names it."""
    machine = platform.machine().lower()
    if machine not in _ARCHITECTURES:
        raise Missing(f"unsupported host architecture {machine}: expected x86_64 or arm64")
    return _ARCHITECTURES[machine]
