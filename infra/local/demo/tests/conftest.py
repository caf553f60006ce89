"""petshop alone, without Nightshift: one local AWS for all of these tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.waiting import wait_for
from local_aws import LocalAws, permission_log
from workload.external_service import ExternalService
from workload.petshop import Petshop, create_petshop
from workload.pulse import Pulse

# An error stays in an alarm's period for 10 s.
CHANGES_WITHIN_SECONDS = 20.0


@dataclass
class Workload:
    aws: LocalAws
    petshop: Petshop
    provider: ExternalService
    warehouse: ExternalService
    permission_log: Path

    def wait_for_alarm(self, name: str, state: str) -> None:
        wait_for(f"alarm {name} in {state}", lambda: self.alarms()[name] == state, CHANGES_WITHIN_SECONDS)

    def alarms(self) -> dict[str, str]:
        described = self.aws.client("cloudwatch").describe_alarms(AlarmNamePrefix="petshop-")["MetricAlarms"]
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in described}


@pytest.fixture(scope="session")
def running_workload(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workload]:
    log = tmp_path_factory.mktemp("workload") / "permissions.jsonl"
    with (
        LocalAws(environment={permission_log.VARIABLE: str(log)}) as aws,
        ExternalService() as provider,
        ExternalService() as warehouse,
    ):
        petshop = create_petshop(aws, warehouse)
        with Pulse(aws, petshop, provider):
            yield Workload(aws, petshop, provider, warehouse, log)


@pytest.fixture
def workload(running_workload: Workload) -> Workload:
    """Healthy at every test's beginning."""
    for name in running_workload.alarms():
        running_workload.wait_for_alarm(name, "OK")
    return running_workload
