"""The demo's incidents, each broken by a real call and checked against the account afterwards.

They are judged by what was changed within the hour, so they have an account in which nothing else was.
"""

import pytest

from command_line import nightshift
from demo.incidents import ALL
from scene import Scene


@pytest.mark.parametrize("incident", ALL, ids=lambda incident: incident.__name__.rpartition(".")[2])
def test_incident_broken_by_a_real_call_ends_as_it_must(untouched: Scene, incident) -> None:
    result = incident.run(untouched.stage)
    assert result.failures == [], nightshift(untouched, "show", result.incident_id, "--evidence").out
    assert untouched.stage.nightshift.verify_audit().is_intact
