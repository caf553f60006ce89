"""Makes `bootstrap.zip`, the form in which Lambda takes a Rust binary, fast.

A debug binary is tens of megabytes and rebuilt often, so compression is the lowest;
the same binary always gives the same bytes, so an unchanged function is not redeployed.
"""

import zipfile
from collections.abc import Iterable
from pathlib import Path

# The earliest date a zip can hold: the archive must not change with the clock.
_FIXED_TIMESTAMP = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_EXECUTABLE_FILE = 0o100755 << 16
_FASTEST = 1


class BootstrapMissing(Exception):
    """A function's binary has not been built."""


def make_bootstrap_zips(
    target_dir: Path, zips_dir: Path, functions: Iterable[str], profile: str = "debug"
) -> list[Path]:
    """`zips_dir/<function>/bootstrap.zip` from `target_dir/<profile>/<function>` for each function."""
    return [
        make_bootstrap_zip(Path(target_dir) / profile / function, Path(zips_dir) / function / "bootstrap.zip")
        for function in functions
    ]


def make_bootstrap_zip(binary: Path, archive: Path) -> Path:
    if not binary.is_file():
        raise BootstrapMissing(f"{binary} does not exist; build the function first")
    if archive.is_file() and archive.stat().st_mtime_ns > binary.stat().st_mtime_ns:
        return archive
    archive.parent.mkdir(parents=True, exist_ok=True)
    entry = zipfile.ZipInfo("bootstrap", _FIXED_TIMESTAMP)
    entry.create_system = _UNIX
    entry.external_attr = _EXECUTABLE_FILE
    entry.compress_type = zipfile.ZIP_DEFLATED
    # Written beside and renamed: a run that is killed must not leave half an archive behind.
    unfinished = archive.with_suffix(".zip.part")
    with zipfile.ZipFile(unfinished, "w") as output:
        output.writestr(entry, binary.read_bytes(), compresslevel=_FASTEST)
    unfinished.replace(archive)
    return archive
