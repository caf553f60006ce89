"""A recorded incident, and what the engine says of it: what the figures are drawn from."""

import csv
import datetime
import json
import os
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_NIGHTSHIFT = os.environ.get("NIGHTSHIFT", str(ROOT / "target" / "debug" / "nightshift"))


@dataclass(frozen=True)
class Samples:
    times: list[datetime.datetime]
    values: list[float]


@dataclass(frozen=True)
class Example:
    folder: Path

    @cached_property
    def answer(self) -> dict[str, Any]:
        command = [_NIGHTSHIFT, "analyze", "--format", "json", str(self.folder)]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)

    @cached_property
    def document(self) -> dict[str, Any]:
        return self._json("scenario.json")

    @cached_property
    def calls(self) -> list[tuple[str, str]]:
        return [(call["caller"], call["callee"]) for call in self._json(self.document["topology"])]

    @property
    def symptom(self) -> dict[str, str]:
        return self.document["symptom"]

    @property
    def named(self) -> list[str]:
        """The components that the engine named, the likeliest cause first."""
        return [cause["component"] for cause in self.answer["root_causes"]]

    @property
    def onset(self) -> datetime.datetime | None:
        onset = self.answer["onset"]
        return datetime.datetime.fromisoformat(onset) if onset else None

    def samples(self, component: str, side: str) -> Samples:
        """Of the symptom's metric. `side`: `baseline` or `incident`."""
        window = self.document["metrics"][side]
        column = next(
            one["id"]
            for one in self._json(self.document["series"])
            if one["component"] == component
            and (one["metric"], one["statistic"]) == (self.symptom["metric"], self.symptom["statistic"])
        )
        with (self.folder / window["file"]).open(newline="") as opened:
            rows = [
                (int(row["time"]), float(row[column]))
                for row in csv.DictReader(opened)
                if row.get(column) and window["from"] <= int(row["time"]) <= window["to"]
            ]
        times = [datetime.datetime.fromtimestamp(time, datetime.UTC) for time, _ in rows]
        return Samples(times, [value for _, value in rows])

    def _json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())


def label(component: str) -> str:
    """Its name, and what it is on a line of its own: `payforadoption`, `ECS::Container`."""
    name, _, kind = component.partition("_AWS::")
    if kind and kind != name:
        return f"{_cut(name)}\n{_cut(kind)}"
    return _cut(name.removesuffix("_remote"))


def _cut(text: str, longest: int = 30) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
