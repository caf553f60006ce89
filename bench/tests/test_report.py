import json

from reporting.report import Figure, Reach, Report, Table

_AT_MOST = Reach(25, "ms", "at most")


def _report() -> Report:
    rows = (("fast", Figure(5.0, "ms", _AT_MOST)), ("slow", Figure(250.04, "ms", _AT_MOST)))
    return Report({"machine": "this one"}, [Table("Cold start", ("function", "median"), rows, ("a note",))])


def test_reach_senses():
    assert Reach(20, "×", "at least").is_met_by(20) and not Reach(20, "×", "at least").is_met_by(19.9)
    assert Reach(1, "", "exactly").is_met_by(1) and not Reach(1, "", "exactly").is_met_by(2)
    assert _AT_MOST.is_met_by(25) and not _AT_MOST.is_met_by(25.1)


def test_text_shows_figures_beside_what_they_should_reach():
    text = _report().as_text()
    assert "fast" in text and "  5.0 ms ✓" in text and "250.0 ms ✗" in text and "a note" in text
    assert "Not reached: 1" in text and "Cold start: slow, median: 250.0 ms, should be ≤ 25 ms" in text


def test_text_says_so_when_everything_is_reached():
    report = Report({}, [Table("t", ("h",), ((Figure(1.0, "", Reach(1, "", "exactly"), digits=0),),))])
    assert report.as_text().endswith("Every figure reaches what it should.")


def test_json_keeps_values_unrounded():
    table = json.loads(_report().as_json())["tables"][0]
    assert table["rows"][1]["median"] == {"value": 250.04, "unit": "ms", "should_be": "≤ 25 ms", "is_met": False}
