"""The zips that `make build` leaves: their sizes, and their bootstraps unpacked."""

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Where infra/build.sh puts them.
_DIRECTORIES = {"arm64": ROOT / "target" / "lambda", "x86_64": ROOT / "target" / "lambda-x86_64"}


class NotBuilt(Exception):
    """A zip or a binary is not there; the message says which and how to get it."""


@dataclass(frozen=True)
class ZipSizes:
    function: str
    bytes_by_architecture: dict[str, int]


def sizes(functions: Iterable[str]) -> list[ZipSizes]:
    return [
        ZipSizes(name, {architecture: _zip(name, architecture).stat().st_size for architecture in _DIRECTORIES})
        for name in functions
    ]


def unpack_bootstraps(functions: Iterable[str], architecture: str, directory: Path) -> None:
    """Each as `directory/<function>`, executable."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in functions:
        archive = _zip(name, architecture)
        with zipfile.ZipFile(archive) as opened:
            if "bootstrap" not in opened.namelist():
                raise NotBuilt(f"{archive} holds no bootstrap: `make build` makes it anew")
            _write_executable(directory / name, opened.read("bootstrap"))


def copy_binaries(functions: Iterable[str], binaries: Path, directory: Path) -> None:
    """The same with binaries that are no release: for trying the benchmark out."""
    directory.mkdir(parents=True, exist_ok=True)
    missing = [name for name in functions if not (binaries / name).is_file()]
    if missing:
        raise NotBuilt(f"not in {binaries}: {', '.join(missing)}; `cargo build` builds them")
    for name in functions:
        # A copy, because cargo may replace the original meanwhile.
        _write_executable(directory / name, (binaries / name).read_bytes())


def told(architecture: str, binaries: Path | None) -> str:
    """Names the measured binaries, for the report."""
    return f"NOT A RELEASE: {binaries}" if binaries else f"release, {architecture}, from the zips"


def _zip(function: str, architecture: str) -> Path:
    archive = _DIRECTORIES[architecture] / function / "bootstrap.zip"
    if not archive.is_file():
        raise NotBuilt(f"{archive} is not there: `make build ARCH={architecture}` makes it")
    return archive


def _write_executable(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o755)
