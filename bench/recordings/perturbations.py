"""Recorded incidents changed on purpose: what an answer is worth when the recording is poorer than it was.

An engine that was developed next to recordings may have learnt them by heart. Each change takes away or distorts one
thing that another system might not have, or might have in other units. What is drawn is drawn with a fixed seed, once
for each list that cases share, because it is one system that they come from.
"""

import copy
import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from random import Random
from typing import Any

from recordings import scenario_sets
from recordings.scenario_sets import DataSet

_FACTORS = (0.001, 1, 1000)
_SHORT_BASELINE_SECONDS = 3 * 3600
_MISSING_CALLS = 0.2
_MISSING_SERIES = 0.3
# Numbers and shares mean something as they are; in another unit they would be wrong, not unusual.
_NO_UNIT = ("availab", "success", "uptime", "error", "fault", "fail", "ratio", "rate", "share", "percent", "util", "count")
_NUMBER = "sum"
_HIGH_PERCENTILE = "p99"


@dataclass(frozen=True)
class Copy:
    """A copied case, whose document holds its lists whatever file they were in."""

    folder: Path
    document: dict[str, Any]
    series_from: Path
    calls_from: Path

    @property
    def symptom(self) -> dict[str, Any]:
        return self.document["symptom"]

    def keep(self, holds: Callable[[dict[str, Any]], bool]) -> None:
        self.document["series"] = [one for one in self.document["series"] if holds(one)]


@dataclass(frozen=True)
class Perturbation:
    what: str
    change: Callable[[list[Copy], Random], None]
    """Of all cases of a data set."""
    seed: int = 0


def write(perturbation: Perturbation, data: DataSet, into: Path) -> list[Path] | None:
    """The changed cases' folders, in the order of `data.cases`; None where there is nothing to change, or nothing is left."""
    copies = [_read(folder) for folder in scenario_sets.copy_without_truth(data, into)]
    before = [copy.deepcopy(one.document) for one in copies]
    perturbation.change(copies, Random(perturbation.seed))
    if before == [one.document for one in copies] or not all(one.document["series"] for one in copies):
        return None
    for one in copies:
        scenario_sets.write_document(one.folder, one.document)
    return [one.folder for one in copies]


def _read(folder: Path) -> Copy:
    document = scenario_sets.document(folder)
    series, series_from = scenario_sets.listed(folder, document["series"])
    calls, calls_from = scenario_sets.listed(folder, document.get("topology"))
    return Copy(folder, document | {"series": series, "topology": calls}, series_from, calls_from)


def _scale(copies: list[Copy], source: Random) -> None:
    metrics = _with_a_unit(copies)
    factors: dict[Path, dict[str, float]] = {}
    written: set[Path] = set()
    for one in copies:
        if one.series_from not in factors:
            scaled = [series["id"] for series in one.document["series"] if series["metric"] in metrics]
            factors[one.series_from] = {name: source.choice(_FACTORS) for name in scaled}
        own, prefix = factors[one.series_from], f"scaled-{list(factors).index(one.series_from)}-"
        for window in one.document["metrics"].values() if own else ():
            path = PurePosixPath(window["file"])
            window["file"] = str(path.with_name(prefix + path.name))
            target = (one.folder / window["file"]).resolve()
            if target not in written:
                _write_scaled(one.folder / path, target, own)
                written.add(target)


def _with_a_unit(copies: list[Copy]) -> set[str]:
    """The symptoms' metrics, such as latency, but for those that no unit can change."""
    metrics = {one.symptom["metric"] for one in copies}
    return {metric for metric in metrics if not any(word in metric.lower() for word in _NO_UNIT)}


def _write_scaled(file: Path, target: Path, factors: dict[str, float]) -> None:
    with file.open(newline="") as opened:
        header, *rows = csv.reader(opened)
    by_place = [factors.get(name, 1) for name in header]
    scaled = [
        [value if not value or factor == 1 else repr(float(value) * factor) for value, factor in zip(row, by_place)]
        for row in rows
    ]
    scenario_sets.write_rows(target, header, scaled)


def _forget_detection(copies: list[Copy], _: Random) -> None:
    for one in copies:
        one.symptom.pop("detected_at", None)


def _drop_symptoms_component(copies: list[Copy], _: Random) -> None:
    for one in copies:
        one.keep(lambda series, own=one.symptom["component"]: series["component"] != own)


def _cut_baseline(copies: list[Copy], _: Random) -> None:
    for one in copies:
        baseline = one.document["metrics"]["baseline"]
        baseline["from"] = max(baseline["from"], baseline["to"] - _SHORT_BASELINE_SECONDS)


def _drop_numbers(copies: list[Copy], _: Random) -> None:
    for one in copies:
        one.keep(lambda series: _statistic(series) != _NUMBER)


def _drop_calls(copies: list[Copy], source: Random) -> None:
    kept: dict[Path, list[dict[str, str]]] = {}
    for one in copies:
        calls = one.document["topology"] or []
        if one.calls_from not in kept:
            kept[one.calls_from] = [call for call in calls if source.random() > _MISSING_CALLS]
        if calls:
            one.document["topology"] = kept[one.calls_from]


def _keep_high_percentile(copies: list[Copy], _: Random) -> None:
    metrics = _with_a_unit(copies)
    for one in copies:
        with_it = {_subject(series) for series in one.document["series"] if _statistic(series) == _HIGH_PERCENTILE}
        one.keep(
            lambda series, with_it=with_it: (
                series["metric"] not in metrics
                or _subject(series) not in with_it
                or _statistic(series) == _HIGH_PERCENTILE
            )
        )


def _forget_calls(copies: list[Copy], _: Random) -> None:
    for one in copies:
        one.document["topology"] = None


def _drop_series(copies: list[Copy], source: Random) -> None:
    """But for those of the symptom's component, which somebody watches: without them is a change of its own."""
    dropped: dict[tuple[Path, str], set[str]] = {}
    for one in copies:
        own = one.symptom["component"]
        if (one.series_from, own) not in dropped:
            others = [series["id"] for series in one.document["series"] if series["component"] != own]
            dropped[one.series_from, own] = {name for name in others if source.random() < _MISSING_SERIES}
        one.keep(lambda series, gone=dropped[one.series_from, own]: series["id"] not in gone)


def _statistic(series: dict[str, Any]) -> str:
    return (series.get("statistic") or "").lower()


def _subject(series: dict[str, Any]) -> tuple[str, str]:
    return series["component"], series["metric"]


PERTURBATIONS = (
    Perturbation("the symptom's metric is scaled by 0.001, 1 or 1000, each series at random", _scale, seed=7),
    Perturbation("the time of the alarm is not known", _forget_detection),
    Perturbation("the symptom's own component has no metrics", _drop_symptoms_component),
    Perturbation("the baseline is three hours", _cut_baseline),
    Perturbation("numbers of requests are not known", _drop_numbers),
    Perturbation("a fifth of the calls is missing from the graph", _drop_calls, seed=3),
    Perturbation("of the symptom's metric only the 99th percentile is known", _keep_high_percentile),
    Perturbation("the graph is not known", _forget_calls),
    Perturbation("30 % of the other components' series are missing", _drop_series, seed=5),
)
