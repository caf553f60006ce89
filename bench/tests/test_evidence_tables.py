from evidence.tables import Gathered, Hanging, Phase, read, tables
from reporting.report import Figure

_QUOTAS = Hanging("service-quotas", "context", 3_000)


def _gathered(milliseconds: int, sources: int = 9) -> Gathered:
    return Gathered(milliseconds, frozenset(f"source {number}" for number in range(sources)), {"health": "no such service"})


def test_read_has_each_source_once_and_leaves_out_what_is_computed():
    observed = [
        {"type": "symptom"},
        {"type": "change"},
        {"type": "change"},
        {"type": "engine"},
        {"type": "notes", "provider": "stack_events"},
    ]
    diagnosis = {"gathered_in_ms": 1234, "gaps": [{"query": "q" * 200, "reason": "why"}]}
    gathered = read(diagnosis, observed)
    assert gathered.milliseconds == 1234
    assert gathered.answered == {"the alarm", "CloudTrail", "context: stack events"}
    assert gathered.gaps == {"q" * 89 + "…": "why"}


def test_times_with_a_hanging_service_are_held_against_the_slowest_run_and_its_patience():
    phase = Phase([_gathered(1_000), _gathered(1_500)], {_QUOTAS: [_gathered(4_400)]})
    usual, hanging = tables(phase)[0].rows
    assert usual[2].value == 1_250
    assert str(hanging[5]) == "≤ 4,500 ms"
    assert hanging[4].is_met
    late = Phase(phase.runs, {_QUOTAS: [_gathered(4_600)]})
    assert tables(late)[0].rows[1][4].is_met is False


def test_times_with_few_sources_say_so():
    rows = tables(Phase([_gathered(1_000), _gathered(1_000, sources=7)], {}))[0].rows
    assert [cell.is_met for cell in rows[0] if isinstance(cell, Figure) and cell.reach] == [False]


def test_sources_tell_what_answered_and_why_the_rest_did_not():
    rows = tables(Phase([_gathered(1, sources=1), _gathered(1, sources=2)], {}))[1].rows
    assert [(row[0], row[1].value, row[2]) for row in rows] == [
        ("source 0", 2, ""),
        ("source 1", 1, ""),
        ("health", 0, "no such service"),
    ]
