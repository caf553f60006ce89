"""Lays out the engine's measurements, each beside what it should reach."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace

from engine import rca_score
from engine.measurements import LATE_SECONDS, SPEED_LINES, STREAMED_LINES, Changed, Measured, Ranking, Scale
from engine.rca_score import Bin, Score
from recordings import large_scenario
from reporting.report import Cell, Figure, Reach, Table

_MB = 1_000_000
_NONE = "–"
# Eleven windows of twelve: one in ten, and people stop reading what they are told.
_LEFT_ALONE = Reach(0.916, "", "at least")
_GROUPED = Reach(0.96, "", "at least")
_LINES = Reach(1_000_000, "", "at least")
_STREAMED_MEMORY = Reach(200, "MB", "at most")
# Half a gigabyte, so that a small function or a laptop holds it.
_LARGE_MEMORY = Reach(500, "MB", "at most")
_LARGE_ANALYSIS = Reach(1000, "ms", "at most")


@dataclass(frozen=True)
class _Asked:
    """The target, if one is set as a number; otherwise the best of the others."""

    top1: Reach | None
    top3: Reach | None
    average5: Reach | None
    case: Reach


# An incident has no time to wait for more. Without a graph there is less to go through.
_WITH_GRAPH = _Asked(Reach(0.8, "", "at least"), Reach(0.95, "", "at least"), None, Reach(5, "ms", "at most"))
_WITHOUT_GRAPH = _Asked(None, None, Reach(0.99, "", "at least"), Reach(2, "ms", "at most"))
_WITHOUT_GRAPH_LATE = replace(_WITHOUT_GRAPH, average5=Reach(0.98, "", "at least"))


def tables(measured: Measured, missing: tuple[str, ...]) -> list[Table]:
    made = []
    if measured.rankings:
        made += [_root_cause("Root cause", measured.rankings, _WITHOUT_GRAPH, missing), _strata(measured.rankings)]
    if measured.late:
        title = f"Root cause, noticed {LATE_SECONDS} s late"
        made.append(_root_cause(title, measured.late, _WITHOUT_GRAPH_LATE, ()))
    if measured.rankings:
        ours = _ours(measured.rankings)
        made += [*_changed(ours, measured.changed), *_reliability(ours, measured.changed)]
    if measured.groupings:
        made.append(_groupings(measured))
    return [*made, *_scale(measured, missing)]


def _root_cause(title: str, rankings: list[Ranking], without_graph: _Asked, missing: tuple[str, ...]) -> Table:
    """The peers are measured in the same run: at least as good as the better one, and as a guess."""
    rows: list[tuple[Cell, ...]] = []
    for data in dict.fromkeys(one.data for one in rankings):
        ours, *peers = (one for one in rankings if one.data == data)
        asked = _WITH_GRAPH if ours.has_graph else without_graph
        ours_score, peer_scores = ours.score, [one.score for one in peers]
        floor = ours_score.floor
        reach = (
            asked.top1 or _best([floor, *(one.top1 for one in peer_scores)]),
            asked.top3 or _best(one.top3 for one in peer_scores),
            asked.average5 or _best(one.average5 for one in peer_scores),
            _LEFT_ALONE,
        )
        rows.append((data, ours.ranker, *_figures(ours_score, reach), _ms(ours_score, asked.case), _NONE))
        for one, score in zip(peers, peer_scores, strict=True):
            slower = Figure(score.median_ms / ours_score.median_ms, "×", digits=0)
            rows.append(("", one.ranker, *_figures(score), _ms(score, None), slower))
        if floor is not None:
            rows.append(("", "always the most frequent", _NONE, _share(floor), *[_NONE] * 5))
    return Table(
        title,
        (
            "data set", "method", "faults", "top-1", "top-3", "avg@5", f"healthy left alone ({_LEFT_ALONE})", "a case",
            "slower than ours",
        ),
        tuple(rows),
        (
            "The component, ranked; avg@5 is the mean of top-1 to top-5. Medians of the analysis alone, files already read.",
            f"Asked for with a graph: top-1 {_WITH_GRAPH.top1}, top-3 {_WITH_GRAPH.top3}, a case {_WITH_GRAPH.case}; without: "
            f"avg@5 {without_graph.average5}, a case {without_graph.case}. Where nothing is, the best of the others.",
            *missing,
        ),
    )  # fmt: skip


def _figures(score: Score, reach: tuple[Reach | None, ...] = (None,) * 4) -> tuple[Cell, ...]:
    shares = (score.top1, score.top3, score.average5, score.specificity)
    return (Figure(score.faults, digits=0), *(_share(one, asked) for one, asked in zip(shares, reach, strict=True)))


def _strata(rankings: list[Ranking]) -> Table:
    rows = []
    for one in _ours(rankings):
        for name, answered in rca_score.strata(one.answered).items():
            score = rca_score.score(answered)
            rows.append((one.data, name, *_figures(score), _share(score.floor)))
    return Table(
        "Root cause, by what was noticed and what was broken",
        ("data set", "", "faults", "top-1", "top-3", "avg@5", "healthy left alone", "always the most frequent"),
        tuple(rows),
    )


def _changed(ours: list[Ranking], changed: list[Changed]) -> list[Table]:
    if not changed:
        return []
    rows = []
    for recorded in ours:
        as_recorded = Changed(recorded.data, "as recorded", recorded.answered)
        for one in (as_recorded, *(each for each in changed if each.data == recorded.data)):
            score = rca_score.score(one.answered)
            found = Figure(score.faults, digits=0), _share(score.top1), _share(score.top3)
            left = Figure(score.healthy, digits=0), _share(score.specificity), _share(score.undecided)
            rows.append((one.data, one.what, *found, *left))
    return [
        Table(
            "Changed on purpose",
            ("data set", "changed so that", "faults", "top-1", "top-3", "healthy", "healthy left alone", "of them can't tell"),
            tuple(rows),
            (
                "Each change alone, drawn once with a fixed seed; a change that a data set has nothing for is left out.",
                "Left alone is every healthy window in which nothing was named, also where the verdict was that it can't tell.",
            ),
        )
    ]


def _reliability(ours: list[Ranking], changed: list[Changed]) -> list[Table]:
    """No number is asked for: what is asked is that it is said."""
    pools = [[answered for one in pool for answered in one.answered] for pool in (ours, changed)]
    bins = [rca_score.reliability(answered) for answered in pools]
    if not any(bins):
        return []
    rows: list[tuple[Cell, ...]] = []
    for low, high in rca_score.BINS:
        inside = [next((one for one in pool if one.low == low), None) for pool in bins]
        if any(inside):
            rows.append((f"{low:.1f} to {high:.1f}", *(cell for one in inside for cell in _bin(one))))
    total = [(Figure(sum(one.count for one in pool), digits=0), _NONE, _NONE) for pool in bins]
    rows.append(("all", *(cell for cells in total for cell in cells)))
    errors = [_share(rca_score.calibration_error(pool)) if pool else _NONE for pool in bins]
    rows.append(("calibration error", *(cell for error in errors for cell in (_NONE, _NONE, error))))
    return [
        Table(
            "Confidence: what was said, and how often it was right",
            (
                "confidence of the first",
                *(f"{of}{pool}" for pool in ("as recorded", "changed") for of in ("cases, ", "said, ", "right, ")),
            ),
            tuple(rows),
            (
                "All data sets; only cases in which something was named. On a healthy window, naming anything is wrong.",
                "Changed on purpose: all changes of the table before, pooled.",
            ),
        )
    ]


def _bin(one: Bin | None) -> tuple[Cell, ...]:
    return (_NONE,) * 3 if one is None else (Figure(one.count, digits=0), _share(one.said), _share(one.right))


def _groupings(measured: Measured) -> Table:
    names = list(measured.groupings[0].accuracy)
    means = {name: statistics.mean(one.accuracy[name] for one in measured.groupings) for name in names}
    rows: list[tuple[Cell, ...]] = [
        (one.system, Figure(one.lines, digits=0), *(_accuracy(one.accuracy[name]) for name in names))
        for one in measured.groupings
    ]
    lines = Figure(sum(one.lines for one in measured.groupings), digits=0)
    rows.append(("mean", lines, *(_accuracy(means[name], _GROUPED if name == names[0] else None) for name in names)))
    return Table(
        "Log templates: grouping accuracy",
        ("system", "lines", *(f"{name} ({_GROUPED})" if name == names[0] else name for name in names)),
        tuple(rows),
        ("One program with one set of settings for all systems, each.",),
    )


def _scale(measured: Measured, missing: tuple[str, ...]) -> list[Table]:
    ours, *_ = measured.speed.values()
    speed = [
        (
            name,
            Figure(SPEED_LINES / one.seconds, "", _LINES if one is ours else None, digits=0),
            Figure(one.seconds / ours.seconds, "×") if one is not ours else _NONE,
            _memory(one),
        )
        for name, one in measured.speed.items()
    ]
    made = [
        Table(
            f"Log templates: {SPEED_LINES:,} lines on one processor",
            ("program", f"lines a second ({_LINES})", "slower than ours", "peak memory"),
            tuple(speed),
            ("The whole process, its start, reading and printing included; made-up lines of fifty templates.", *missing),
        )
    ]
    rows: list[tuple[Cell, ...]] = []
    if measured.streamed:
        rows.append(
            (
                f"log templates: {STREAMED_LINES:,} lines streamed",
                _NONE,
                Figure(measured.streamed.seconds, "s"),
                _memory(measured.streamed, _STREAMED_MEMORY),
            )
        )
    if measured.large and measured.large.analysis_ms is not None:
        rows.append(
            (
                f"root cause: {large_scenario.SERIES:,} series of {large_scenario.SAMPLES:,} samples",
                Figure(measured.large.analysis_ms, "ms", _LARGE_ANALYSIS, digits=0),
                Figure(measured.large.seconds, "s"),
                _memory(measured.large, _LARGE_MEMORY),
            )
        )
    headings = (
        "", f"analysis ({_LARGE_ANALYSIS})", "whole process", f"peak memory ({_STREAMED_MEMORY}, {_LARGE_MEMORY})",
    )  # fmt: skip
    note = "Streamed lines are made up while they are read: most of that time is theirs."
    return [*made, Table("At scale", headings, tuple(rows), (note,))]


def _ours(rankings: list[Ranking]) -> list[Ranking]:
    name = rankings[0].ranker
    return [one for one in rankings if one.ranker == name]


def _best(values: Iterable[float | None]) -> Reach | None:
    known = [value for value in values if value is not None]
    return Reach(max(known), "", "at least") if known else None


def _share(value: float | None, reach: Reach | None = None) -> Cell:
    return _NONE if value is None else Figure(value, "", reach, digits=3)


def _accuracy(value: float, reach: Reach | None = None) -> Figure:
    return Figure(value, "", reach, digits=4)


def _ms(score: Score, reach: Reach | None) -> Figure:
    return Figure(score.median_ms, "ms", reach, digits=2)


def _memory(scale: Scale, reach: Reach | None = None) -> Figure:
    return Figure(scale.peak_bytes / _MB, "MB", reach)
