"""Healthy windows cut from a baseline that cases share: many more than a data set comes with.

What raises an alarm is taken from the data set's own healthy cases.
"""

import collections
import os
from pathlib import Path
from typing import Any

from recordings import scenario_sets
from recordings.scenario_sets import Case, DataSet

LENGTHS = (5, 12)
"""In samples: a window of five minutes or of an hour, where a sample is a minute or five."""
_SHORTEST_BASELINE = 100
"""Samples before the first window, so that what is ordinary can be learnt at all."""
_NOTICED_AT = 1
"""The second sample, counted from 0: an alarm takes one to be sure."""
_ALARM = ("component", "metric", "statistic")


def cut(data: DataSet, length: int, into: Path) -> tuple[DataSet, list[Path]] | None:
    """Windows that follow each other, each with all that is before it as its baseline; None where there are none."""
    copies = [folder.resolve() for folder in scenario_sets.copy_without_truth(data, into)]
    cases, folders = [], []
    for number, (file, folder, document, times) in enumerate(_alarms(data, copies)):
        for begins in range(_SHORTEST_BASELINE, len(times) - length, length):
            window = folder.with_name(f"window-{number}-{length}-{begins}")
            window.mkdir()
            inside = times[begins : begins + length]
            metrics = os.path.relpath(file, window)
            scenario_sets.write_document(
                window,
                document
                | {lists: _seen_from(window, folder, document.get(lists)) for lists in ("series", "topology")}
                | {
                    "name": f"{data.name}/{window.name}",
                    "symptom": document["symptom"] | {"detected_at": scenario_sets.as_text(inside[_NOTICED_AT])},
                    "metrics": {
                        "baseline": {"file": metrics, "from": times[0], "to": times[begins - 1]},
                        "incident": {"file": metrics, "from": inside[0], "to": inside[-1]},
                    },
                },
            )
            cases.append(Case(window.name, document["symptom"]["metric"], None))
            folders.append(window)
    return (DataSet(data.name, data.root, tuple(cases), data.has_graph), folders) if cases else None


def _alarms(data: DataSet, copies: list[Path]) -> list[tuple[Path, Path, dict[str, Any], list[int]]]:
    """Each symptom of a healthy case: the file to cut from, a case that has it, and the times without a fault."""
    recorded = [
        (case, folder, scenario_sets.document(folder)) for case, folder in zip(data.cases, copies, strict=True)
    ]
    faulty = {_file(folder, document, "incident") for case, folder, document in recorded if case.root_cause}
    alarms: dict[tuple[Path, str], tuple[Path, dict[str, Any]]] = {}
    ends: dict[Path, list[int]] = collections.defaultdict(list)
    for case, folder, document in recorded:
        file = _file(folder, document, "incident")
        is_shared = file.parent != folder and file == _file(folder, document, "baseline")
        if case.root_cause is None and is_shared and file not in faulty:
            symptom = document["symptom"]
            alarms.setdefault((file, str([symptom[name] for name in _ALARM if name in symptom])), (folder, document))
            ends[file] += [window[end] for window in document["metrics"].values() for end in ("from", "to")]
    times = {file: scenario_sets.sample_times(file, min(known), max(known)) for file, known in ends.items()}
    return [(file, folder, document, times[file]) for (file, _), (folder, document) in alarms.items()]


def _file(folder: Path, document: dict[str, Any], side: str) -> Path:
    return (folder / document["metrics"][side]["file"]).resolve()


def _seen_from(window: Path, folder: Path, lists: Any) -> Any:
    return os.path.relpath(folder / lists, window) if isinstance(lists, str) else lists
