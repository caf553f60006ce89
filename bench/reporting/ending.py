"""Ends a benchmark with its report, or with one line that says why there is none."""

import sys
from collections.abc import Callable

from reporting.report import Report

INTERRUPTED = 130


def exit_code(measure: Callable[[], Report], output_format: str, failures: tuple[type[Exception], ...]) -> int:
    """Measures and prints; of what is in `failures` only the message is told."""
    try:
        report = measure()
    except failures as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted; everything that was started has been ended", file=sys.stderr)
        return INTERRUPTED
    print(report.as_json() if output_format == "json" else report.as_text())
    return 0
