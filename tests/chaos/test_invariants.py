"""Each invariant is broken by what breaks it, and by nothing that may be."""

from dataclasses import replace

import pytest

from invariants import Automation, Ended, Facts, violations

RESOLVED = Ended("01A", "SUCCEEDED", "resolved", "by_nightshift", "", None, frozenset({"resolved"}))
ESCALATED = replace(RESOLVED, status="escalated", resolution="handed_over", told=frozenset({"escalated"}))
WAITS = Ended("01A", "RUNNING", "awaiting_approval", None, "", "f00", frozenset({"approval"}))
STARTED = Automation("Nightshift-StartInstance", "f00", "1")
FIRST = replace(STARTED, started=1.0, ended=5.0)
SECOND = replace(STARTED, plan="f11", execution_id="2", started=5.0, ended=6.0)
FINE = Facts(1, {"e": "opened"}, (RESOLVED,), "good", (STARTED,), 1)


@pytest.mark.parametrize(
    "facts",
    [
        FINE,
        replace(FINE, outcomes={"e": "opened", "f": "attached", "g": "recovered"}),
        replace(FINE, incidents=(ESCALATED,), state="broken", automations=(), changes=0),
        replace(FINE, incidents=(ESCALATED,)),
        replace(FINE, incidents=(WAITS,), state="broken", automations=(), changes=0),
        replace(FINE, automations=(STARTED, replace(STARTED, plan="f11", execution_id="2")), changes=2),
        replace(FINE, incidents=(replace(RESOLVED, execution="FAILED"),)),
        replace(FINE, automations=(FIRST, SECOND), changes=2),
    ],
)
def test_incident_that_may_end_so_violates_nothing(facts: Facts) -> None:
    assert violations(facts) == []


@pytest.mark.parametrize(
    ("facts", "invariant"),
    [
        (replace(FINE, outcomes={"e": "opened", "f": None}), "lost"),
        (replace(FINE, incidents=()), "lost"),
        (replace(FINE, incidents=(RESOLVED, replace(RESOLVED, incident_id="01B"))), "lost"),
        (replace(FINE, automations=(STARTED, replace(STARTED, execution_id="2"))), "doubled"),
        (replace(FINE, changes=2), "doubled"),
        (replace(FINE, automations=(FIRST, replace(SECOND, started=4.0)), changes=2), "at_once"),
        (replace(FINE, incidents=(replace(RESOLVED, told=frozenset()),)), "silent"),
        (replace(FINE, incidents=(replace(ESCALATED, told=frozenset({"approval"})),)), "silent"),
        (replace(FINE, incidents=(replace(WAITS, waits_for=None),)), "silent"),
        (replace(FINE, incidents=(replace(WAITS, told=frozenset()),)), "silent"),
        (replace(FINE, incidents=(ESCALATED,), state="pending"), "left_worse"),
        (replace(FINE, state="broken"), "untrue"),
    ],
)
def test_incident_that_must_not_end_so_violates_that_invariant_alone(facts: Facts, invariant: str) -> None:
    assert {violation.partition(":")[0] for violation in violations(facts)} == {invariant}
