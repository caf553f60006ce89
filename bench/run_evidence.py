"""`make bench-evidence`: how long a diagnosis gathers evidence, and what a service that hangs costs."""

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from demo.prerequisites import Missing, host_architecture
from demo.waiting import TookTooLong
from evidence import phase
from functions import zips
from functions.clients import FUNCTIONS
from functions.zips import NotBuilt
from incident.one_incident import IncidentFailed
from local_aws import DeployFailed, EmulatorDidNotStart
from reporting import machine
from reporting.ending import INTERRUPTED, exit_code
from reporting.report import Report

_NAMES = tuple(function.name for function in FUNCTIONS)
_FAILURES = (
    DeployFailed,
    EmulatorDidNotStart,
    IncidentFailed,
    Missing,
    NotBuilt,
    TookTooLong,
    BotoCoreError,
    ClientError,
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-evidence", description=__doc__)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument(
        "--binaries",
        type=Path,
        metavar="DIR",
        help="measure these instead of the release zips, such as target/debug; the report says so",
    )
    arguments = parser.parse_args()
    # So that SIGTERM leaves through the `with` blocks, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(INTERRUPTED))
    return exit_code(lambda: _report(arguments.binaries), arguments.format, _FAILURES)


def _report(binaries: Path | None) -> Report:
    architecture = host_architecture()
    with tempfile.TemporaryDirectory(prefix="nightshift-bench-") as directory:
        work_dir = Path(directory)
        if binaries:
            zips.copy_binaries(_NAMES, binaries, work_dir / "bootstraps")
        else:
            zips.unpack_bootstraps(_NAMES, architecture, work_dir / "bootstraps")
        report = Report(machine.about() | {"functions": zips.told(architecture, binaries)})
        report.tables += phase.measured(work_dir)
    return report


if __name__ == "__main__":
    sys.exit(main())
