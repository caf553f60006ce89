"""The programs whose answers are compared: ours, and its peers where they are installed."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import measured_process
from engine.rca_score import WrongAnswer

_PEERS = Path(__file__).resolve().parent / "peers"
PEERS_PYTHON = Path(__file__).resolve().parents[2] / ".tools" / "peers" / "bin" / "python"


@dataclass(frozen=True)
class Ranker:
    """Ranks root causes: case folders in, a line of JSON out for each."""

    name: str
    command: tuple[str, ...]

    def answers(self, cases: list[Path], work_dir: Path) -> list[dict[str, Any]]:
        answer = work_dir / "answer"
        measured_process.run([*self.command, *(str(case) for case in cases)], stdout=answer)
        return self.parsed(answer)

    def parsed(self, answer: Path) -> list[dict[str, Any]]:
        try:
            return [json.loads(line) for line in answer.read_text().splitlines()]
        except ValueError as error:
            raise WrongAnswer(f"{self.name}: no JSON: {error}") from error


@dataclass(frozen=True)
class Clusterer:
    """Groups log messages: a line each in, a line each out."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Programs:
    """Each list ours first."""

    rankers: tuple[Ranker, ...]
    clusterers: tuple[Clusterer, ...]
    missing: tuple[str, ...]
    """Peers that could not be compared with, and why."""


def programs(cli: Path) -> Programs:
    ours = Ranker("nightshift", (str(cli), "analyze", "--format", "json"))
    our_clusterer = Clusterer("nightshift", (str(cli), "logs", "cluster"))
    rank, cluster = str(_PEERS / "rank.py"), str(_PEERS / "cluster.py")
    python = str(PEERS_PYTHON)
    rankers = [Ranker("BARO", (python, rank, "baro")), Ranker("n-sigma", (python, rank, "nsigma"))]
    clusterers = [Clusterer("drain3", (python, cluster))]
    missing = []
    for module, needed_by in (("baro.root_cause_analysis", rankers), ("drain3", clusterers)):
        if problem := _problem_with(module):
            names = " and ".join(one.name for one in needed_by)
            print(f"bench: {names} left out: {problem}", file=sys.stderr)
            missing.append(f"Not compared with {names}: {problem} (`make .tools/peers/.installed`).")
            needed_by.clear()
    return Programs((ours, *rankers), (our_clusterer, *clusterers), tuple(missing))


def _problem_with(module: str) -> str | None:
    if not PEERS_PYTHON.exists():
        return "not installed"
    try:
        measured_process.run([str(PEERS_PYTHON), "-c", f"import {module}"])
    except measured_process.CommandFailed as failure:
        return str(failure).splitlines()[-1]
    return None
