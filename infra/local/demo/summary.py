"""The table at the end, and whether all of it was as it must be."""

from demo import result_text
from demo.narrator import Narrator
from demo.nightshift import Audit
from demo.result import Result

_HEADINGS = ("incident", "ended", "permitted by", "fixed after", "notified after")


def conclude(narrator: Narrator, results: list[Result], audit: Audit, seconds: float) -> int:
    """Prints the table; the exit code."""
    narrator.table(_table(results))
    failed = [result.title for result in results if not result.is_as_it_must]
    if not audit.holds:
        failed.append("the audit chain is broken")
    if failed:
        narrator.concluded(False, f"failed: {'; '.join(failed)}")
        return 1
    narrator.concluded(True, f"{len(results)} incidents in {seconds:.0f} s, each ended as expected")
    return 0


def _table(results: list[Result]) -> list[str]:
    rows = [_HEADINGS, *(_row(result) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(result: Result) -> tuple[str, ...]:
    return (
        ("✓ " if result.is_as_it_must else "✗ ") + result.title,
        result_text.ending(result),
        result_text.permitted_by(result),
        _seconds(result.mended_after_seconds),
        _seconds(result.notified_after_seconds),
    )


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"
