"""Scores rankings of root causes, and the calibration of their confidence."""

import collections
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from recordings.scenario_sets import Case

_FAR = 10**9
_DEEPEST = 5
BINS = ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.0))


class WrongAnswer(Exception):
    """A command printed something that does not answer its question."""


@dataclass(frozen=True)
class Answered:
    """One case, and what was said of it."""

    case: Case
    answer: dict[str, Any]

    @property
    def named(self) -> list[str]:
        """Components, the best first, each once."""
        if self.answer["verdict"] != "root_cause":
            return []
        return list(dict.fromkeys(one["component"] for one in self.answer["root_causes"]))

    @property
    def rank(self) -> int:
        """Of the true component, counted from 1."""
        named, true = self.named, (self.case.root_cause or {}).get("component")
        return named.index(true) + 1 if true in named else _FAR

    @property
    def is_right(self) -> bool:
        return self.rank == 1 if self.case.root_cause else not self.named


@dataclass(frozen=True)
class Score:
    faults: int
    healthy: int
    top1: float | None
    top3: float | None
    average5: float | None
    """The mean of top-1 to top-5."""
    specificity: float | None
    """The share of the healthy windows in which nothing was named."""
    undecided: float | None
    """Of those left alone, the share of which it was said that nobody can tell."""
    floor: float | None
    """The score of always naming the most frequent root cause."""
    median_ms: float


def pair(cases: tuple[Case, ...], answers: list[dict[str, Any]]) -> list[Answered]:
    if len(cases) != len(answers):
        raise WrongAnswer(f"{len(cases)} cases were asked about, {len(answers)} answers came")
    return [Answered(case, answer) for case, answer in zip(cases, answers, strict=True)]


def score(answered: list[Answered]) -> Score:
    faults = [one for one in answered if one.case.root_cause]
    healthy = [one for one in answered if not one.case.root_cause]
    within = [_share(faults, lambda one, deep=deep: one.rank <= deep) for deep in range(1, _DEEPEST + 1)]
    causes = collections.Counter(one.case.root_cause["component"] for one in faults)
    return Score(
        faults=len(faults),
        healthy=len(healthy),
        top1=within[0],
        top3=within[2],
        average5=statistics.mean(within) if faults else None,
        specificity=_share(healthy, lambda one: one.is_right),
        undecided=_share([one for one in healthy if one.is_right], lambda one: one.answer["verdict"] == "abstain"),
        floor=causes.most_common(1)[0][1] / len(faults) if faults else None,
        median_ms=statistics.median(one.answer["elapsed_ms"] for one in answered),
    )


def strata(answered: list[Answered]) -> dict[str, list[Answered]]:
    """By the metric of the symptom, and by the resource that the truth names; a single stratum says nothing new."""
    by_metric, by_resource = collections.defaultdict(list), collections.defaultdict(list)
    for one in answered:
        by_metric[one.case.symptom_metric].append(one)
        if resource := (one.case.root_cause or {}).get("resource"):
            by_resource[resource].append(one)
    split = [groups for groups in (by_metric, by_resource) if len(groups) > 1]
    return {name: group for groups in split for name, group in sorted(groups.items())}


@dataclass(frozen=True)
class Bin:
    low: float
    high: float
    count: int
    said: float
    """The mean confidence of the first answer."""
    right: float


def reliability(answered: list[Answered]) -> list[Bin]:
    """Of the cases in which something was named, healthy ones included: there, naming anything is wrong."""
    bins = []
    for low, high in BINS:
        # The last one has its upper end too.
        inside = [
            (said, one.is_right)
            for one in answered
            if one.named and (said := one.answer["root_causes"][0].get("confidence")) is not None
            and (low <= said < high or said == high == 1.0)
        ]
        if inside:
            said = statistics.mean(said for said, _ in inside)
            bins.append(Bin(low, high, len(inside), said, statistics.mean(right for _, right in inside)))
    return bins


def calibration_error(bins: list[Bin]) -> float:
    """Expected calibration error: how far what was said is from what was right, weighted by how often it was said.

    Guo et al., On Calibration of Modern Neural Networks, 2017.
    """
    count = sum(one.count for one in bins)
    return sum(one.count * abs(one.said - one.right) for one in bins) / count


def _share(of: list[Answered], holds: Callable[[Answered], bool]) -> float | None:
    return statistics.mean(holds(one) for one in of) if of else None
