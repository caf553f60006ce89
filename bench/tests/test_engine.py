"""The engine's part of the benchmark, with stand-ins for the programs."""

import json
import sys
from pathlib import Path

import pytest

from engine import comparison, measurements, rca_score, tables
from engine.commands import Clusterer, Programs, Ranker
from recordings import large_scenario
from recordings.log_sets import LogSample
from recordings.scenario_sets import Case, find
from reporting.report import Report

_RANK = """
import json, sys
from pathlib import Path
for case in sys.argv[1:]:
    assert not (Path(case) / "expected.json").exists()
    name = json.loads((Path(case) / "scenario.json").read_text())["name"]
    cause = {"component": "component-0", "confidence": 0.7}
    print(json.dumps({"scenario": name, "verdict": "root_cause", "root_causes": [cause], "elapsed_ms": 1.5}))
"""
_CLUSTER = "import sys\nfor line in sys.stdin: print(line.split()[0] + '\\t' + line, end='')"


def _data_set(tmp_path: Path) -> Path:
    for name in ("first", "second"):
        large_scenario.write(tmp_path / "shop" / name, series=20, samples=100)
        truth = {"root_cause": {"component": "component-0", "resource": name}}
        (tmp_path / "shop" / name / "expected.json").write_text(json.dumps(truth))
    return tmp_path / "shop"


def test_everything_is_measured_and_laid_out(tmp_path, monkeypatch):
    monkeypatch.setattr(measurements, "SPEED_LINES", 2000)
    monkeypatch.setattr(measurements, "STREAMED_LINES", 2000)
    monkeypatch.setattr(large_scenario.write, "__defaults__", (20, 100))
    rankers = tuple(Ranker(name, (sys.executable, "-c", _RANK)) for name in ("ours", "peer"))
    clusterers = tuple(Clusterer(name, (sys.executable, "-c", _CLUSTER)) for name in ("ours", "peer"))
    sample = LogSample("shop", ("GET 1", "GET 2", "PUT 3"), ("E1", "E1", "E2"))
    programs = Programs(rankers, clusterers, ("Not compared with anybody else.",))
    measured = measurements.measure(programs, find([_data_set(tmp_path)]), [sample], lambda _: None)
    assert measured.groupings[0].accuracy == {"ours": 1.0, "peer": 1.0}
    text = Report({}, tables.tables(measured, programs.missing)).as_text()
    for expected in (
        "Root cause, noticed 60 s late",
        "1.000 ✓",
        "1.50 ms ✓",
        "always the most frequent",
        "0.6 to 0.8",
        "Changed on purpose",
        "the graph is not known",
        "said, changed",
        "Not compared with anybody else.",
        "lines streamed",
    ):
        assert expected in text, expected


def _ranking(named, has_graph):
    causes = [{"component": one, "confidence": 0.7} for one in named]
    answers = [{"verdict": "root_cause", "root_causes": causes, "elapsed_ms": 3.0}]
    answered = rca_score.pair((Case("case", "latency", {"component": "db"}),), answers)
    return measurements.Ranking("shop", "ours", answered, has_graph)


@pytest.mark.parametrize(("has_graph", "missed"), [(True, {"top-1"}), (False, {"top-1", "avg@5", "a case"})])
def test_what_is_asked_for_depends_on_the_graph(has_graph, missed):
    measured = measurements.Measured(
        rankings=[_ranking(["web", "db"], has_graph)], speed={"ours": measurements.Scale(0.5, 1_000_000)}
    )
    report = Report({}, tables.tables(measured, ()))
    assert {one.split(": ")[1].partition(", ")[2] for one in report.missed()} == missed


def test_confidence_when_changed_stands_beside_that_as_recorded():
    ours, worse = _ranking(["db"], True), _ranking(["web"], True)
    measured = measurements.Measured(
        rankings=[ours],
        changed=[measurements.Changed("shop", "poorer", worse.answered)],
        speed={"ours": measurements.Scale(0.5, 1_000_000)},
    )
    by_title = {table.title: table for table in tables.tables(measured, ())}
    assert [row[1] for row in by_title["Changed on purpose"].rows] == ["as recorded", "poorer"]
    row, *_ = by_title["Confidence: what was said, and how often it was right"].rows
    assert [str(cell) for cell in row] == ["0.6 to 0.8", "1", "0.700", "1.000", "1", "0.700", "0.000"]


def test_without_data_only_what_needs_none_is_measured():
    speed = {"ours": measurements.Scale(0.5, 1_000_000)}
    titles = [table.title for table in tables.tables(measurements.Measured(speed=speed), ())]
    assert titles == ["Log templates: 1,000,000 lines on one processor", "At scale"]


def test_large_scenario_has_what_was_asked_for(tmp_path):
    large_scenario.write(tmp_path / "case", series=30, samples=70)
    lines = (tmp_path / "case" / "metrics.csv").read_text().splitlines()
    assert len(lines) == 71 and all(line.count(",") == 30 for line in lines)
    document = json.loads((tmp_path / "case" / "scenario.json").read_text())
    assert len(document["series"]) == 30 and len(document["topology"]) == 2


def test_executable_is_the_one_that_cargo_names():
    messages = [
        {"reason": "compiler-artifact", "target": {"name": "cli"}, "executable": None},
        {"reason": "compiler-artifact", "target": {"name": "nightshift"}, "executable": "/t/release/nightshift"},
        {"reason": "build-finished", "success": True},
    ]
    lines = "\n".join(json.dumps(message) for message in messages)
    assert comparison._executable(lines) == Path("/t/release/nightshift")
    with pytest.raises(comparison.NotCompiled):
        comparison._executable("")
