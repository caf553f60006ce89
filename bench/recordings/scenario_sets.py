"""Data sets of recorded incidents: where they are, and copies of them without the truth.

A data set is a folder whose sub-folders hold a `scenario.json`; what the truth is stands in `expected.json` beside it,
and whoever is measured works on a copy that does not have it.
"""

import csv
import datetime
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TRUTH = "expected.json"


class NoScenarios(Exception):
    """A folder that was named holds no recorded incident."""


@dataclass(frozen=True)
class Case:
    name: str
    symptom_metric: str
    root_cause: dict[str, str] | None
    """`component`, and what else the data set says of it; None where nothing is wrong."""


@dataclass(frozen=True)
class DataSet:
    name: str
    root: Path
    cases: tuple[Case, ...]
    has_graph: bool
    """True if any case has a call graph."""


def find(folders: list[Path]) -> list[DataSet]:
    """Each folder is a data set, or holds data sets."""
    found = []
    for folder in folders:
        inside = sorted(each for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []
        sets = [folder] if _case_folders(folder) else [each for each in inside if _case_folders(each)]
        if not sets:
            raise NoScenarios(f"{folder}: no folder in it, nor in those, holds a scenario.json")
        found += [_read(root) for root in sets]
    return found


def copy_without_truth(data: DataSet, into: Path) -> list[Path]:
    """The cases' folders, in the order of `data.cases`."""
    root = into / data.name
    shutil.copytree(data.root, root, ignore=shutil.ignore_patterns(_TRUTH))
    return [root / case.name for case in data.cases]


def holds_its_own_metrics(case: Path) -> bool:
    """Only then can its incident be moved into its baseline without touching another case."""
    windows = document(case)["metrics"].values()
    return all((case / window["file"]).resolve().parent == case.resolve() for window in windows)


def notice_late(case: Path, seconds: int) -> None:
    """As if the incident had been noticed that much later: its first seconds count as baseline.

    A late detection is the ordinary one, and what it spoils is the baseline.
    """
    changed = document(case)
    baseline, incident = changed["metrics"]["baseline"], changed["metrics"]["incident"]
    begins = incident["from"] + seconds
    header, before = _rows(case / baseline["file"], baseline)
    incident_header, during = _rows(case / incident["file"], incident)
    # By name: the two files need not have the same columns.
    places = [incident_header.index(name) if name in incident_header else None for name in header]
    moved = [
        ["" if place is None else row[place] for place in places] for row in during if _time(incident_header, row) < begins
    ]
    left = [row for row in during if _time(incident_header, row) >= begins]
    before += moved
    write_rows(case / "late_baseline.csv", header, before)
    write_rows(case / "late_incident.csv", incident_header, left)
    times = [_time(header, row) for row in before]
    changed["metrics"] = {
        "baseline": {"file": "late_baseline.csv", "from": min(times), "to": max(times)},
        "incident": {"file": "late_incident.csv", "from": begins, "to": incident["to"]},
    }
    changed["symptom"]["detected_at"] = as_text(begins)
    write_document(case, changed)


def document(case: Path) -> dict[str, Any]:
    return json.loads((case / "scenario.json").read_text())


def write_document(case: Path, changed: dict[str, Any]) -> None:
    (case / "scenario.json").write_text(json.dumps(changed))


def write_rows(file: Path, header: list[str], rows: list[list[str]]) -> None:
    with file.open("w", newline="") as opened:
        csv.writer(opened, lineterminator="\n").writerows([header, *rows])


def listed(case: Path, given: Any) -> tuple[Any, Path]:
    """A list that a document gives, in itself or as a path, and where it stands."""
    if not isinstance(given, str):
        return given, case.resolve()
    file = (case / given).resolve()
    return json.loads(file.read_text()), file


def sample_times(file: Path, first: int, last: int) -> list[int]:
    """The samples' times between those, in Unix seconds."""
    header, rows = _rows(file, {"from": first, "to": last})
    return sorted(int(_time(header, row)) for row in rows)


def as_text(unix_seconds: int) -> str:
    at = datetime.datetime.fromtimestamp(unix_seconds, datetime.UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _case_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(each for each in folder.iterdir() if (each / "scenario.json").is_file())


def _read(root: Path) -> DataSet:
    cases, has_graph = [], False
    for folder in _case_folders(root):
        truth = json.loads((folder / _TRUTH).read_text())["root_cause"]
        said = document(folder)
        cases.append(Case(folder.name, said["symptom"]["metric"], truth))
        has_graph |= bool(said.get("topology"))
    return DataSet(root.resolve().name, root, tuple(cases), has_graph)


def _rows(file: Path, window: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    with file.open(newline="") as opened:
        header, *rows = csv.reader(opened)
    return header, [row for row in rows if window["from"] <= _time(header, row) <= window["to"]]


def _time(header: list[str], row: list[str]) -> float:
    return float(row[header.index("time")])
