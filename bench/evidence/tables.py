"""Reads and lays out what a diagnosis collected, and how long that took."""

import statistics
from dataclasses import dataclass
from typing import Any

from reporting.report import Cell, Figure, Reach, Table

_SOURCES = Reach(8, "", "at least")
_LONGEST = 90
# What each kind of evidence was read from. The engine's findings are computed from the others.
_SOURCE_OF = {
    "symptom": "the alarm",
    "alarm_history": "the alarm's history",
    "application": "tags",
    "change": "CloudTrail",
    "calls": "X-Ray's graph",
    "event_sources": "event-source mappings",
    "connections": "load balancers, rules, stacks and roles",
    "metrics": "metrics",
    "logs": "logs",
    "reads": "functions' configurations",
    "parameter": "state of a parameter",
    "alias": "state of an alias",
    "instance": "state of an instance",
    "service": "state of a service",
    "precedents": "earlier incidents",
}


@dataclass(frozen=True)
class Hanging:
    """A service that takes connections and never answers."""

    service: str
    """By its boto3 name."""
    kind: str
    patience_ms: int
    """After which a look at it is given up."""


@dataclass(frozen=True)
class Gathered:
    milliseconds: int
    answered: frozenset[str]
    """Sources that are among the evidence."""
    gaps: dict[str, str]
    """Sources that could not be read, and why."""


@dataclass(frozen=True)
class Phase:
    runs: list[Gathered]
    """Every service answers, as far as there is one."""
    with_hanging: dict[Hanging, list[Gathered]]


def read(diagnosis: dict[str, Any], observed: list[dict[str, Any]]) -> Gathered:
    """From a diagnosis and the evidence of its incident, as they are kept."""
    sources = {_source(one) for one in observed}
    gaps = {_shortened(gap["query"]): _shortened(gap["reason"]) for gap in diagnosis["gaps"]}
    return Gathered(int(diagnosis["gathered_in_ms"]), frozenset(one for one in sources if one), gaps)


def tables(phase: Phase) -> list[Table]:
    return [_times(phase), _sources(phase.runs)]


def _source(observed: dict[str, Any]) -> str | None:
    if observed["type"] == "notes":
        return f"context: {observed['provider'].replace('_', ' ')}"
    return _SOURCE_OF.get(observed["type"])


def _times(phase: Phase) -> Table:
    slowest = max(one.milliseconds for one in phase.runs)
    rows = [_row("every service answers", phase.runs)]
    for hanging, runs in phase.with_hanging.items():
        most = Reach(slowest + hanging.patience_ms, "ms", "at most")
        rows.append(_row(f"{hanging.service} hangs ({hanging.kind})", runs, most))
    return Table(
        "Gathering evidence",
        ("the account", "runs", "median", "min", "max", "max should be", f"sources ({_SOURCES})", "gaps"),
        tuple(rows),
        (
            "As each diagnosis has it: from its beginning until nothing more is looked for. Sources are the fewest of any "
            "run, gaps the most.",
            "The first run also starts the function and draws the application's map, which is then kept for six hours.",
            "With a service that hangs: the slowest of the other runs, and the patience that there is with this one.",
        ),
    )


def _row(what: str, runs: list[Gathered], most: Reach | None = None) -> tuple[Cell, ...]:
    times = [one.milliseconds for one in runs]
    return (
        what,
        Figure(len(runs), digits=0),
        Figure(statistics.median(times), "ms", digits=0),
        Figure(min(times), "ms", digits=0),
        Figure(max(times), "ms", most, digits=0),
        "" if most is None else str(most),
        Figure(min(len(one.answered) for one in runs), "", _SOURCES, digits=0),
        Figure(max(len(one.gaps) for one in runs), digits=0),
    )


def _sources(runs: list[Gathered]) -> Table:
    """Counts, for each source, the runs with an answer and those without."""
    answered = sorted({name for one in runs for name in one.answered})
    gaps = {query: why for one in runs for query, why in one.gaps.items()}
    rows: list[tuple[Cell, ...]] = []
    for name in answered:
        rows.append((name, Figure(sum(name in one.answered for one in runs), digits=0), ""))
    for query, why in sorted(gaps.items()):
        rows.append((query, Figure(0, digits=0), why))
    return Table(
        "Where the evidence came from",
        ("source", f"answered, of {len(runs)}", "why not"),
        tuple(rows),
        ("What never answers is mostly a service that the local AWS lacks.",),
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
