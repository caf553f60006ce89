"""Prints the table at the end, and whether every incident ended as expected."""

from demo import result_text
from demo.narrator import Narrator
from demo.nightshift import Audit
from demo.result import Result

_HEADINGS = ("incident", "ended", "permitted by", "restored", "notified")


def conclude(narrator: Narrator, results: list[Result], audit: Audit, seconds: float) -> int:
    """Prints the table; the exit code."""
    narrator.table(_table(results))
    failed = [result.title for result in results if not result.is_as_expected]
    if not audit.is_intact:
        failed.append("the audit trail is broken")
    elif not audit.tampering_found:
        failed.append("an edited record of the audit trail was not found")
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
        ("✓ " if result.is_as_expected else "✗ ") + result.title,
        result_text.ending(result),
        result_text.permitted_by(result),
        _seconds(result.restored_after_seconds),
        _seconds(result.notified_after_seconds),
    )


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"
