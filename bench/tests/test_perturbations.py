import csv
import json

import pytest

from recordings import perturbations, scenario_sets

_CHANGES = {one.change.__name__: one for one in perturbations.PERTURBATIONS}
_STATISTICS = ("Average", "p50", "p99")


def _series(components=("web", "db", "cache"), statistics=_STATISTICS):
    named = [("latency", statistic) for statistic in statistics] + [("availability", "Average"), ("requests", "Sum")]
    return [
        {"id": f"{component}-{metric}-{statistic}", "component": component, "metric": metric, "statistic": statistic}
        for component in components
        for metric, statistic in named
    ]


def _data_set(root, series=None, calls=(("web", "db"), ("web", "cache")), baseline_from=0, metrics=("latency",) * 2):
    """Two cases that share everything but their incident."""
    series = _series() if series is None else series
    header = ["time", *(one["id"] for one in series)]
    root.mkdir()
    (root / "series.json").write_text(json.dumps(series))
    (root / "topology.json").write_text(json.dumps([{"caller": caller, "callee": callee} for caller, callee in calls]))
    scenario_sets.write_rows(root / "baseline.csv", header, [[str(at), *["2"] * len(series)] for at in (0, 36_000)])
    for name, metric in zip(("one", "two"), metrics, strict=True):
        (root / name).mkdir()
        scenario_sets.write_rows(root / name / "metrics.csv", header, [["90000", "", *["3"] * (len(series) - 1)]])
        document = {
            "name": name,
            "series": "../series.json",
            "topology": "../topology.json" if calls else None,
            "symptom": {"component": "web", "metric": metric, "detected_at": "1970-01-02T01:00:00Z"},
            "metrics": {
                "baseline": {"file": "../baseline.csv", "from": baseline_from, "to": 36_000},
                "incident": {"file": "metrics.csv", "from": 90_000, "to": 90_000},
            },
        }
        scenario_sets.write_document(root / name, document)
        (root / name / "expected.json").write_text('{"root_cause": {"component": "db"}}')
    (data,) = scenario_sets.find([root])
    return data


def _changed(change, data, into):
    folders = perturbations.write(_CHANGES[change], data, into)
    return folders and [scenario_sets.document(folder) for folder in folders]


def _names(document):
    return {one["id"] for one in document["series"]}


def _values(file):
    with file.open(newline="") as opened:
        header, *rows = csv.reader(opened)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_scaling_is_the_same_in_the_baseline_and_in_every_incident(tmp_path):
    data = _data_set(tmp_path / "set")
    folders = perturbations.write(_CHANGES["_scale"], data, tmp_path / "copies")
    factors = set()
    for folder in folders:
        windows = scenario_sets.document(folder)["metrics"]
        (before, _), (during,) = (_values(folder / windows[side]["file"]) for side in ("baseline", "incident"))
        assert during["web-latency-Average"] == "" and during["time"] == "90000"
        for name in before.keys() - {"time", "web-latency-Average"}:
            factor = float(before[name]) / 2
            assert float(during[name]) == pytest.approx(3 * factor)
            assert "latency" in name or factor == 1
            factors.add(factor)
    assert factors == {0.001, 1, 1000}


def test_scaling_leaves_shares_alone(tmp_path):
    data = _data_set(tmp_path / "set", metrics=("availability",) * 2)
    assert _changed("_scale", data, tmp_path / "copies") is None


def test_scaling_of_cases_with_different_symptoms_is_of_all_that_has_a_unit(tmp_path):
    data = _data_set(tmp_path / "set", metrics=("availability", "latency"))
    documents = _changed("_scale", data, tmp_path / "copies")
    assert len({one["metrics"]["baseline"]["file"] for one in documents}) == 1
    assert "scaled" in documents[0]["metrics"]["baseline"]["file"]


def test_detection_is_forgotten(tmp_path):
    for one in _changed("_forget_detection", _data_set(tmp_path / "set"), tmp_path / "copies"):
        assert "detected_at" not in one["symptom"]


def test_symptoms_component_loses_its_metrics(tmp_path):
    for one in _changed("_drop_symptoms_component", _data_set(tmp_path / "set"), tmp_path / "copies"):
        assert {series["component"] for series in one["series"]} == {"db", "cache"}


def test_change_that_leaves_no_series_does_not_apply(tmp_path):
    data = _data_set(tmp_path / "set", series=_series(components=("web",)))
    assert _changed("_drop_symptoms_component", data, tmp_path / "copies") is None


def test_baseline_keeps_its_last_three_hours(tmp_path):
    for one in _changed("_cut_baseline", _data_set(tmp_path / "set"), tmp_path / "copies"):
        assert one["metrics"]["baseline"]["from"] == 36_000 - 3 * 3600


def test_baseline_of_less_is_left_alone(tmp_path):
    data = _data_set(tmp_path / "set", baseline_from=36_000 - 2 * 3600)
    assert _changed("_cut_baseline", data, tmp_path / "copies") is None


def test_numbers_of_requests_are_dropped(tmp_path):
    for one in _changed("_drop_numbers", _data_set(tmp_path / "set"), tmp_path / "copies"):
        assert _names(one) == {series["id"] for series in _series() if series["statistic"] != "Sum"}


def test_calls_that_cases_share_are_missing_from_all_of_them(tmp_path):
    data = _data_set(tmp_path / "set", calls=[("web", f"c{number}") for number in range(200)])
    first, second = (one["topology"] for one in _changed("_drop_calls", data, tmp_path / "copies"))
    assert first == second and 130 < len(first) < 190


def test_only_the_high_percentile_is_left_where_there_is_one(tmp_path):
    series = _series(components=("web",)) + _series(components=("db",), statistics=("Average",))
    data = _data_set(tmp_path / "set", series=series)
    for one in _changed("_keep_high_percentile", data, tmp_path / "copies"):
        assert {name for name in _names(one) if "latency" in name} == {"web-latency-p99", "db-latency-Average"}
        assert {"web-availability-Average", "web-requests-Sum"} < _names(one)


def test_graph_is_forgotten(tmp_path):
    for one in _changed("_forget_calls", _data_set(tmp_path / "set"), tmp_path / "copies"):
        assert one["topology"] is None


@pytest.mark.parametrize("change", ["_drop_calls", "_forget_calls"])
def test_without_a_graph_nothing_of_it_can_change(tmp_path, change):
    data = _data_set(tmp_path / "set", calls=())
    assert not data.has_graph and _changed(change, data, tmp_path / "copies") is None


def test_missing_series_are_never_those_of_the_symptoms_component(tmp_path):
    data = _data_set(tmp_path / "set", series=_series(components=("web", *(f"c{number}" for number in range(40)))))
    first, second = map(_names, _changed("_drop_series", data, tmp_path / "copies"))
    assert first == second and {one["id"] for one in _series(components=("web",))} <= first
    assert 0.6 < (len(first) - 5) / 200 < 0.8


@pytest.mark.parametrize("change", _CHANGES)
def test_change_is_the_same_each_time_and_knows_no_truth(tmp_path, change):
    data = _data_set(tmp_path / "set", calls=[("web", f"c{number}") for number in range(50)])
    before = {file: file.read_bytes() for file in data.root.rglob("*.*")}
    made = []
    for into in ("first", "second"):
        assert perturbations.write(_CHANGES[change], data, tmp_path / into)
        made.append({file.relative_to(tmp_path / into): file.read_bytes() for file in (tmp_path / into).rglob("*.*")})
    assert made[0] == made[1] and not [file for file in made[0] if file.name == "expected.json"]
    assert before == {file: file.read_bytes() for file in data.root.rglob("*.*")}
