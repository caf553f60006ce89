"""A small campaign with a fixed seed; `make chaos` is the large one."""

import sys

import pytest

from campaign import run
from report import text

_SEED, _INCIDENTS = 10, 10


@pytest.mark.skipif(sys.platform != "linux", reason="finds the functions that it kills in /proc")
def test_incidents_with_faults_inside_their_calls_are_not_lost_doubled_silent_or_left_worse() -> None:
    report = run(_SEED, _INCIDENTS, at_once=_INCIDENTS, say=print)
    print(text(report))
    assert report.calls_met >= _INCIDENTS, "a run without faults proves nothing"
    assert report.violations == {}, text(report)
    assert report.audit.is_intact, report.audit.output
