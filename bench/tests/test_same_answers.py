import json
from pathlib import Path

import pytest

from same_answers import differences, main

ANSWER = {
    "scenario": "shop/slow",
    "cause": {"component": "db", "confidence": 0.9, "sentence": "db is slow"},
    "proposal": None,
    "gaps": ["x: denied"],
    "root_causes": [{"component": "db", "evidence": ["a", "b"]}],
    "elapsed_ms": 1.5,
}


def changed(**fields: object) -> dict[str, object]:
    return {**ANSWER, **fields}


def test_differences_only_in_wording_and_time_are_none() -> None:
    after = changed(
        cause={**ANSWER["cause"], "sentence": "The database is slow"},
        gaps=["x: access denied"],
        root_causes=[{"component": "db", "evidence": ["c", "d"]}],
        elapsed_ms=99.0,
    )
    assert differences([ANSWER], [after]) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"cause": {**ANSWER["cause"], "confidence": 0.91}}, "cause.confidence"),
        ({"cause": {**ANSWER["cause"], "sentence": None}}, "cause.sentence"),
        ({"cause": None}, "cause"),
        ({"proposal": {"action": "a"}}, "proposal"),
        ({"gaps": []}, "gaps"),
        ({"root_causes": []}, "root_causes"),
        ({"root_causes": [{"component": "web", "evidence": ["a", "b"]}]}, "root_causes[0].component"),
        ({"root_causes": [{"component": "db", "evidence": ["a"]}]}, "root_causes[0].evidence"),
        ({"added": 1}, "added"),
    ],
)
def test_differences_in_anything_else_name_scenario_and_field(fields: dict[str, object], field: str) -> None:
    (found,) = differences([ANSWER], [changed(**fields)])
    assert found.startswith(f"shop/slow: {field}: ")


def test_differences_an_answer_that_is_missing_is_one() -> None:
    assert differences([ANSWER, ANSWER], [ANSWER]) == ["2 answers before, 1 after"]


def test_main_exit_code_says_same_different_or_unreadable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other, broken = (tmp_path / name for name in ("one", "other", "broken"))
    one.write_text(json.dumps(ANSWER) + "\n")
    other.write_text(json.dumps(changed(proposal=1)) + "\n")
    broken.write_text("[]\n")
    assert main([str(one), str(one)]) == 0
    assert main([str(one), str(other)]) == 1
    assert main([str(one), str(broken)]) == 2
    assert "broken:1: expected a JSON object, found list" in capsys.readouterr().err
    assert main([str(one)]) == 2
    assert main([str(one), str(tmp_path / "absent")]) == 2
