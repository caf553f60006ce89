"""The demo's incidents, each broken by a real call and checked against the account afterwards."""

import pytest

from demo.incidents import ALL
from scene import Scene


@pytest.mark.parametrize("incident", ALL, ids=lambda incident: incident.__name__.rpartition(".")[2])
def test_incident_broken_by_a_real_call_ends_as_it_must(scene: Scene, incident) -> None:
    result = incident.run(scene.stage)
    assert result.failures == []
    assert scene.stage.nightshift.verify_audit().is_intact
