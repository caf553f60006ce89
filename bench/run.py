"""`make bench`: measures cold start, memory, zips, warm time, calls, one whole incident, its evidence, and the engine.

Prints one report, each figure beside what it should reach. A figure that does not reach it is no failure of the
benchmark: the exit code is 0 whenever everything could be measured.
"""

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

import tables
from demo.prerequisites import Missing, host_architecture
from demo.waiting import TookTooLong
from engine import comparison
from evidence import phase
from functions import cold_start, warm, zips
from functions.clients import FUNCTIONS
from functions.runtime_api import FunctionFailed
from functions.zips import NotBuilt
from incident import duplicates, live_stage, one_incident
from incident.incident_cost import PriceMissing, read_prices
from incident.one_incident import IncidentFailed
from local_aws import DeployFailed, EmulatorDidNotStart
from reporting import machine
from reporting.ending import INTERRUPTED, exit_code
from reporting.report import Report

_NAMES = tuple(function.name for function in FUNCTIONS)
_FAILURES = (
    DeployFailed,
    EmulatorDidNotStart,
    FunctionFailed,
    IncidentFailed,
    Missing,
    NotBuilt,
    PriceMissing,
    TookTooLong,
    BotoCoreError,
    ClientError,
    *comparison.FAILURES,
)


def main() -> int:
    arguments = _parse_arguments()
    # So that SIGTERM leaves through the `with` blocks, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(INTERRUPTED))
    return exit_code(lambda: _measure(arguments), arguments.format, _FAILURES)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--format", choices=("text", "json"), default="text")
    comparison.add_arguments(parser)
    parser.add_argument("--runs", type=int, default=cold_start.RUNS, help="cold starts of each (default: %(default)s)")
    parser.add_argument(
        "--invocations", type=int, default=warm.INVOCATIONS, help="of each warm case (default: %(default)s)"
    )
    parser.add_argument(
        "--binaries",
        type=Path,
        metavar="DIR",
        help="measure these instead of the release zips, such as target/debug; the report says so",
    )
    return parser.parse_args()


def _measure(arguments: argparse.Namespace) -> Report:
    architecture = host_architecture()
    with tempfile.TemporaryDirectory(prefix="nightshift-bench-") as directory:
        work_dir = Path(directory)
        bootstraps = work_dir / "bootstraps"
        if arguments.binaries:
            zips.copy_binaries(_NAMES, arguments.binaries, bootstraps)
        else:
            zips.unpack_bootstraps(_NAMES, architecture, bootstraps)
        report = Report(_about(architecture, arguments.binaries))
        if not arguments.binaries:
            report.tables.append(tables.zip_sizes(zips.sizes(_NAMES)))
        report.tables.append(tables.cold_starts(_cold_starts(bootstraps, arguments.runs)))
        _progress("one incident on the local AWS")
        with live_stage.set_up(work_dir) as live:
            run, event = one_incident.live_through(live)
            _progress("duplicates")
            report.tables.append(tables.repeats(duplicates.repeat(live, event)))
            cases = []
            for case in warm.measure(live, bootstraps, arguments.invocations):
                _progress(f"warm: {case.function} {case.what}")
                cases.append(case)
        report.tables += [tables.warm_times(cases), tables.other_calls(cases), tables.incident(run)]
        report.tables += tables.cost(run, read_prices(), live_stage.default_hold_seconds(), live_stage.HOLD_SECONDS)
        report.tables += phase.measured(work_dir)
    report.tables += comparison.measure(arguments)
    return report


def _cold_starts(bootstraps: Path, runs: int) -> list[cold_start.Comparison]:
    comparisons = []
    for function in FUNCTIONS:
        _progress(f"cold start: {function.name}")
        comparisons.append(cold_start.compare(function, bootstraps / function.name, runs))
    return comparisons


def _about(architecture: str, binaries: Path | None) -> dict[str, str]:
    return machine.about() | {"functions": zips.told(architecture, binaries)}


def _progress(what: str) -> None:
    """To standard error, so that a report written to a file does not hold it."""
    print(f"  {what} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
