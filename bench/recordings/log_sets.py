"""Log samples with the true template of every line, and how well a grouping matches it."""

import collections
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class NoLogs(Exception):
    """A folder that was named holds no log sample."""


@dataclass(frozen=True)
class LogSample:
    name: str
    messages: tuple[str, ...]
    """Each on one line."""
    templates: tuple[str, ...]
    """The id of each message's true template."""


def find(folders: list[Path]) -> list[LogSample]:
    """Each folder is a system's, with a `*_structured.csv`, or holds systems' folders."""
    samples = []
    for folder in folders:
        inside = sorted(each for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []
        files = [file for each in [folder, *inside] for file in sorted(each.glob("*_structured.csv"))]
        if not files:
            raise NoLogs(f"{folder}: no *_structured.csv in it, nor in its folders")
        samples += [_read(file) for file in files]
    return samples


def write_messages(sample: LogSample, file: Path) -> None:
    file.write_text("".join(f"{message}\n" for message in sample.messages))


def groups_of(answer: Path) -> Iterator[str]:
    """The ids in what a command printed: a line a message, the id first, a tab behind it."""
    with answer.open(errors="replace", newline="\n") as opened:
        for line in opened:
            yield line.split("\t", 1)[0]


def grouping_accuracy(groups: list[str], templates: tuple[str, ...]) -> float:
    """The share of the messages whose group holds exactly the messages of their true template.

    Zhu et al., Tools and Benchmarks for Automated Log Parsing, 2019.
    """
    if len(groups) != len(templates):
        return 0.0
    found, true = collections.defaultdict(set), collections.defaultdict(set)
    for place, (group, template) in enumerate(zip(groups, templates, strict=True)):
        found[group].add(place)
        true[template].add(place)
    exact = {frozenset(places) for places in true.values()}
    return sum(len(places) for places in found.values() if frozenset(places) in exact) / len(templates)


def _read(file: Path) -> LogSample:
    with file.open(newline="", errors="replace") as opened:
        rows = list(csv.DictReader(opened))
    messages = tuple(" ".join(row["Content"].splitlines()) for row in rows)
    return LogSample(file.parent.resolve().name, messages, tuple(row["EventId"] for row in rows))
