import json

from recordings import healthy_windows, scenario_sets


def _data_set(root, samples=130, symptoms=("latency", "latency", "availability"), incident_file="metrics.csv"):
    """Healthy cases in a shared baseline, and one fault."""
    last = (samples - 1) * 60
    root.mkdir()
    rows = [[str(at), "1"] for at in range(0, samples * 60, 60)]
    scenario_sets.write_rows(root / "baseline.csv", ["time", "s0"], rows)
    for number, metric in enumerate((*symptoms, "latency")):
        is_fault = number == len(symptoms)
        folder = root / f"case-{number}"
        folder.mkdir()
        middle = last // 2 // 60 * 60
        baseline = {"file": "../baseline.csv", "from": 0, "to": last if is_fault else middle}
        incident = {"file": "../baseline.csv", "from": middle + 60, "to": last}
        if is_fault:
            scenario_sets.write_rows(folder / "metrics.csv", ["time", "s0"], [["0", "9"]])
            incident |= {"file": incident_file}
        document = {
            "name": folder.name,
            "series": "series.json",
            "symptom": {"component": "web", "metric": metric},
            "metrics": {"baseline": baseline, "incident": incident},
        }
        scenario_sets.write_document(folder, document)
        (folder / "series.json").write_text('[{"id": "s0", "component": "web", "metric": "latency"}]')
        truth = {"root_cause": {"component": "db"} if is_fault else None}
        (folder / "expected.json").write_text(json.dumps(truth))
    (data,) = scenario_sets.find([root])
    return data


def test_windows_follow_each_other_for_each_symptom_of_a_healthy_case(tmp_path):
    data, folders = healthy_windows.cut(_data_set(tmp_path / "set"), 12, tmp_path / "copies")
    documents = [scenario_sets.document(folder) for folder in folders]
    assert [one["symptom"]["metric"] for one in documents] == ["latency"] * 2 + ["availability"] * 2
    assert [case.symptom_metric for case in data.cases] == [one["symptom"]["metric"] for one in documents]
    assert all(case.root_cause is None for case in data.cases)
    windows = [(one["metrics"]["baseline"], one["metrics"]["incident"]) for one in documents[:2]]
    assert [(before["from"], before["to"], during["from"], during["to"]) for before, during in windows] == [
        (0, 99 * 60, 100 * 60, 111 * 60),
        (0, 111 * 60, 112 * 60, 123 * 60),
    ]


def test_window_is_noticed_at_its_second_sample_and_finds_its_files(tmp_path):
    _, folders = healthy_windows.cut(_data_set(tmp_path / "set"), 5, tmp_path / "copies")
    document = scenario_sets.document(folders[0])
    assert document["symptom"]["detected_at"] == "1970-01-01T01:41:00Z"
    for file in (document["series"], document["metrics"]["baseline"]["file"], document["metrics"]["incident"]["file"]):
        assert (folders[0] / file).is_file()


def test_short_baseline_has_no_windows(tmp_path):
    assert healthy_windows.cut(_data_set(tmp_path / "set", samples=100), 5, tmp_path / "copies") is None


def test_file_with_a_fault_in_it_is_not_cut(tmp_path):
    data = _data_set(tmp_path / "set", incident_file="../baseline.csv")
    assert healthy_windows.cut(data, 5, tmp_path / "copies") is None


def test_set_without_healthy_cases_has_no_windows(tmp_path):
    assert healthy_windows.cut(_data_set(tmp_path / "set", symptoms=()), 5, tmp_path / "copies") is None
