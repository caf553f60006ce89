"""Cold start and idle memory: from exec to the first request for work.

A function and its Python equivalent take turns, so that their ratio holds when the machine's speed drifts. The first
runs of each are thrown away: they find cold files.
"""

import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from functions.clients import Function
from functions.function_process import peak_resident_bytes, started, wait_until_ready
from functions.runtime_api import RuntimeApi

RUNS = 20
WARM_UPS = 2
_PYTHON_EQUIVALENT = Path(__file__).parent / "python_equivalent.py"


@dataclass(frozen=True)
class ColdStarts:
    """Of one program, over all runs."""

    seconds: tuple[float, ...]
    peak_bytes: tuple[int, ...]

    @property
    def median_seconds(self) -> float:
        return statistics.median(self.seconds)

    @property
    def median_peak_bytes(self) -> float:
        return statistics.median(self.peak_bytes)


@dataclass(frozen=True)
class Comparison:
    function: Function
    rust: ColdStarts
    python: ColdStarts

    @property
    def ratio(self) -> float:
        """The speed-up; the median over the turns, so that a slow moment of the machine counts for both."""
        turns = zip(self.rust.seconds, self.python.seconds, strict=True)
        return statistics.median(python / rust for rust, python in turns)


def compare(function: Function, bootstrap: Path, runs: int = RUNS) -> Comparison:
    rust_command = [str(bootstrap)]
    python_command = [sys.executable, str(_PYTHON_EQUIVALENT), "--clients", ",".join(function.clients)]
    rust, python = [], []
    for _ in range(runs + WARM_UPS):
        rust.append(_measure(rust_command, function.sample_environment()))
        python.append(_measure(python_command, {}))
    return Comparison(function, _without_warm_ups(rust), _without_warm_ups(python))


def _measure(command: list[str], environment: dict[str, str]) -> tuple[float, int]:
    """Seconds, and the peak of resident memory in bytes."""
    with RuntimeApi() as api:
        began_at = time.perf_counter()
        with started(command, api, environment) as process:
            ready_at = wait_until_ready(api, process, command)
            return ready_at - began_at, peak_resident_bytes(process)


def _without_warm_ups(measured: list[tuple[float, int]]) -> ColdStarts:
    seconds, peaks = zip(*measured[WARM_UPS:], strict=True)
    return ColdStarts(seconds, peaks)
