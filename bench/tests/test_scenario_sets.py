import json

import pytest

from recordings import scenario_sets
from recordings.scenario_sets import NoScenarios


def _case(root, name="one", incident_file="metrics.csv", baseline_file="baseline.csv"):
    case = root / name
    case.mkdir(parents=True)
    (case / "scenario.json").write_text(
        json.dumps(
            {
                "symptom": {"component": "web", "metric": "latency", "detected_at": "2026-11-20T03:00:00Z"},
                "metrics": {
                    "baseline": {"file": baseline_file, "from": 100, "to": 300},
                    "incident": {"file": incident_file, "from": 1000, "to": 1200},
                },
            }
        )
    )
    (case / "expected.json").write_text('{"root_cause": {"component": "db", "resource": "cpu"}}')
    (case / "baseline.csv").write_text("time,a,b\n50,0,0\n100,1,2\n300,1,2\n")
    (case / "metrics.csv").write_text("time,b,c\n1000,7,8\n1060,7.5,8\n1120,,8\n1300,0,0\n")
    return case


def test_find_takes_a_data_set_and_a_folder_of_data_sets(tmp_path):
    _case(tmp_path / "first")
    _case(tmp_path / "second", "two")
    assert [data.name for data in scenario_sets.find([tmp_path])] == ["first", "second"]
    (data,) = scenario_sets.find([tmp_path / "first"])
    assert data.cases[0].name == "one" and data.cases[0].root_cause == {"component": "db", "resource": "cpu"}


def test_find_without_scenarios_says_where_it_looked(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(NoScenarios, match=str(folder)):
            scenario_sets.find([folder])


def test_copy_leaves_the_truth_behind(tmp_path):
    _case(tmp_path / "set")
    (data,) = scenario_sets.find([tmp_path / "set"])
    (copy,) = scenario_sets.copy_without_truth(data, tmp_path / "copies")
    assert sorted(file.name for file in copy.iterdir()) == ["baseline.csv", "metrics.csv", "scenario.json"]


def test_notice_late_moves_the_first_seconds_into_the_baseline(tmp_path):
    case = _case(tmp_path)
    scenario_sets.notice_late(case, 60)
    assert (case / "late_baseline.csv").read_text() == "time,a,b\n100,1,2\n300,1,2\n1000,,7\n"
    assert (case / "late_incident.csv").read_text() == "time,b,c\n1060,7.5,8\n1120,,8\n"
    document = json.loads((case / "scenario.json").read_text())
    assert document["metrics"]["baseline"] == {"file": "late_baseline.csv", "from": 100, "to": 1000}
    assert document["metrics"]["incident"] == {"file": "late_incident.csv", "from": 1060, "to": 1200}
    assert document["symptom"]["detected_at"] == "1970-01-01T00:17:40Z"


def test_shared_metrics_are_not_the_cases_own(tmp_path):
    assert scenario_sets.holds_its_own_metrics(_case(tmp_path, "own"))
    assert not scenario_sets.holds_its_own_metrics(_case(tmp_path, "shared", baseline_file="../baseline.csv"))
