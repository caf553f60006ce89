"""Measures the root-cause engine and the log miner, and their peers on the same input in the same run."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from engine import measured_process, rca_score
from engine.commands import Clusterer, Programs, Ranker
from engine.rca_score import Answered, Score
from recordings import healthy_windows, large_scenario, log_lines, log_sets, perturbations, scenario_sets
from recordings.log_sets import LogSample
from recordings.scenario_sets import DataSet

LATE_SECONDS = 60
SPEED_LINES = 1_000_000
STREAMED_LINES = 10_000_000


@dataclass(frozen=True)
class Ranking:
    """One program's answers to one data set."""

    data: str
    ranker: str
    answered: list[Answered]
    has_graph: bool

    @property
    def score(self) -> Score:
        return rca_score.score(self.answered)


@dataclass(frozen=True)
class Changed:
    """Our answers to a data set that was changed on purpose."""

    data: str
    what: str
    answered: list[Answered]


@dataclass(frozen=True)
class Grouping:
    system: str
    lines: int
    accuracy: dict[str, float]
    """By program."""


@dataclass(frozen=True)
class Scale:
    """At a size that is asked for, on one processor where it says so."""

    seconds: float
    peak_bytes: int
    analysis_ms: float | None = None


@dataclass
class Measured:
    rankings: list[Ranking] = field(default_factory=list)
    late: list[Ranking] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    groupings: list[Grouping] = field(default_factory=list)
    speed: dict[str, Scale] = field(default_factory=dict)
    """A million lines on one processor, by program."""
    streamed: Scale | None = None
    large: Scale | None = None


def measure(
    programs: Programs, data_sets: list[DataSet], samples: list[LogSample], progress: Callable[[str], None]
) -> Measured:
    measured = Measured()
    with tempfile.TemporaryDirectory(prefix="nightshift-engine-") as directory:
        work_dir = Path(directory)
        for data in data_sets:
            progress(f"root cause: {data.name}")
            with tempfile.TemporaryDirectory(dir=work_dir) as copies:
                cases = scenario_sets.copy_without_truth(data, Path(copies))
                measured.rankings += [_rank(one, data, cases, work_dir) for one in programs.rankers]
                if all(map(scenario_sets.holds_its_own_metrics, cases)):
                    for case in cases:
                        scenario_sets.notice_late(case, LATE_SECONDS)
                    measured.late += [_rank(one, data, cases, work_dir) for one in programs.rankers]
            progress(f"root cause: {data.name}, changed on purpose")
            measured.changed += _changed(programs.rankers[0], data, work_dir)
        for sample in samples:
            progress(f"log templates: {sample.name}")
            accuracy = {one.name: _accuracy(one, sample, work_dir) for one in programs.clusterers}
            measured.groupings.append(Grouping(sample.name, len(sample.messages), accuracy))
        measured.speed = _speed(programs.clusterers, work_dir, progress)
        progress(f"log templates: {STREAMED_LINES:,} lines streamed")
        run = measured_process.run(
            list(programs.clusterers[0].command), stdin=lambda pipe: log_lines.write(STREAMED_LINES, pipe)
        )
        measured.streamed = Scale(run.seconds, run.peak_bytes)
        progress(f"root cause: {large_scenario.SERIES:,} series of {large_scenario.SAMPLES:,} samples")
        measured.large = _large(programs.rankers[0], work_dir)
    return measured


def _rank(ranker: Ranker, data: DataSet, cases: list[Path], work_dir: Path) -> Ranking:
    return Ranking(data.name, ranker.name, rca_score.pair(data.cases, ranker.answers(cases, work_dir)), data.has_graph)


def _changed(ranker: Ranker, data: DataSet, work_dir: Path) -> list[Changed]:
    """The peers are left out: what ours loses by each change is the question."""
    made = []

    def ask(what: str, asked: DataSet, cases: list[Path]) -> None:
        made.append(Changed(data.name, what, _rank(ranker, asked, cases, work_dir).answered))

    for one in perturbations.PERTURBATIONS:
        with tempfile.TemporaryDirectory(dir=work_dir) as copies:
            if cases := perturbations.write(one, data, Path(copies)):
                ask(one.what, data, cases)
    for length in healthy_windows.LENGTHS:
        with tempfile.TemporaryDirectory(dir=work_dir) as copies:
            if windows := healthy_windows.cut(data, length, Path(copies)):
                ask(f"windows of {length} samples from the baseline without a fault", *windows)
    return made


def _accuracy(clusterer: Clusterer, sample: LogSample, work_dir: Path) -> float:
    messages, answer = work_dir / "messages", work_dir / "groups"
    log_sets.write_messages(sample, messages)
    measured_process.run(list(clusterer.command), stdin=messages, stdout=answer)
    return log_sets.grouping_accuracy(list(log_sets.groups_of(answer)), sample.templates)


def _speed(clusterers: tuple[Clusterer, ...], work_dir: Path, progress: Callable[[str], None]) -> dict[str, Scale]:
    lines = work_dir / "lines"
    with lines.open("wb") as opened:
        log_lines.write(SPEED_LINES, opened)
    speed = {}
    for one in clusterers:
        progress(f"log templates: {SPEED_LINES:,} lines on one processor, {one.name}")
        run = measured_process.run(list(one.command), stdin=lines, core=max(os.sched_getaffinity(0)))
        speed[one.name] = Scale(run.seconds, run.peak_bytes)
    lines.unlink()
    return speed


def _large(ranker: Ranker, work_dir: Path) -> Scale:
    folder, answer = work_dir / "large" / "case", work_dir / "large-answer"
    large_scenario.write(folder)
    run = measured_process.run([*ranker.command, str(folder)], stdout=answer)
    (answered,) = ranker.parsed(answer)
    return Scale(run.seconds, run.peak_bytes, answered["elapsed_ms"])
