"""Measures how long a diagnosis collects evidence, from how many sources, and what a service that hangs costs.

Each run is an incident of its own on the local AWS, deployed and driven as on AWS: the storefront's alarm, for a release
two calls behind it. The application is in mode `observe`, so that it is as broken in the last run as in the first.
"""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from demo.incidents.dependency_failing import DependencyFailing
from demo.waiting import wait_for
from evidence import tables
from evidence.tables import Gathered, Hanging, Phase
from functions.clients import FUNCTIONS, endpoint_variable
from incident import live_stage
from incident.live_stage import Live
from incident.one_incident import IncidentFailed, opened
from reporting.report import Table
from workload.tags import APPLICATION

RUNS = 7
HANGING_RUNS = 3
# A look that conclusions rest on is given up after ten seconds, one at a source of context after three.
HANGING = (Hanging("service-quotas", "context", 3_000), Hanging("cloudtrail", "what conclusions rest on", 10_000))
_NAMES = tuple(function.name for function in FUNCTIONS)
_ENDED_WITHIN_SECONDS = 120.0


@dataclass(frozen=True)
class _Alarm:
    """The storefront's, and its event."""

    live: Live
    event: dict[str, Any]

    def gather(self) -> Gathered:
        """One incident, to its end: until then another event of this alarm would be one of it."""
        stage, incident_id = self.live.stage, opened(self.live, self.event)

        def ended() -> bool:
            return stage.nightshift.execution(incident_id).has_ended

        wait_for(f"the end of incident {incident_id}", ended, _ENDED_WITHIN_SECONDS)
        diagnoses = self._items("DIAGNOSIS", incident_id)
        if not diagnoses:
            raise IncidentFailed(f"incident {incident_id} has no diagnosis")
        observed = [item["observed"] for item in self._items("EVIDENCE", incident_id)]
        return tables.read(diagnoses[0], observed)

    def _items(self, kind: str, incident_id: str) -> list[dict[str, Any]]:
        pages = self.live.stage.aws.client("dynamodb").get_paginator("query")
        found = pages.paginate(
            TableName=self.live.outputs["TableName"],
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"{kind}#{incident_id}"}},
        )
        items = [item for page in found for item in page["Items"]]
        return [{name: TypeDeserializer().deserialize(value) for name, value in item.items()} for item in items]


def measure(live: Live, runs: int = RUNS, hanging_runs: int = HANGING_RUNS) -> Phase:
    incident = DependencyFailing()
    _only_observe(live)
    incident.break_it(live.stage)
    try:
        alarm = _Alarm(live, incident.event(live.stage))
        _progress("every service answers")
        usual = [alarm.gather() for _ in range(runs)]
        with_hanging = {}
        for one in HANGING:
            _progress(f"{one.service} hangs")
            with _silent(live, one.service):
                with_hanging[one] = [alarm.gather() for _ in range(hanging_runs)]
    finally:
        incident.clean_up(live.stage)
    return Phase(usual, with_hanging)


def measured(work_dir: Path) -> list[Table]:
    """On a stage of its own, on which no proxy counts. `work_dir/bootstraps` holds a bootstrap of each function."""
    with live_stage.set_up(work_dir, counts=False) as live:
        return tables.tables(measure(live))


def _only_observe(live: Live) -> None:
    name = f"{live.outputs['ParameterPrefix']}/applications/{APPLICATION}/mode"
    live.stage.aws.client("ssm").put_parameter(Name=name, Value="observe", Overwrite=True)


@contextmanager
def _silent(live: Live, service: str) -> Iterator[None]:
    """Meanwhile diagnose asks this service where connections are taken, and nobody ever answers."""
    before = live.variables("diagnose")
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        endpoint = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        live.give("diagnose", before | {endpoint_variable(service): endpoint})
        try:
            yield
        finally:
            live.give("diagnose", before)


def _progress(what: str) -> None:
    """To standard error, so that a report written to a file does not hold it."""
    print(f"  evidence: {what} …", file=sys.stderr, flush=True)
