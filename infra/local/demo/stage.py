"""Sets up everything that the incidents need on enter, and removes it on exit."""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from demo.inbox import Inbox
from demo.narrator import Narrator
from demo.nightshift import Nightshift, deploy_nightshift
from demo.prerequisites import find_build
from demo.trail import Trail
from demo.waiting import wait_for
from local_aws import Credentials, LocalAws, allow
from workload.external_service import ExternalService
from workload.petshop import Petshop, create_petshop
from workload.pulse import Pulse

_HEALTHY_WITHIN_SECONDS = 30.0
# What a developer of petshop may do, and enough to break it.
_ALICES_PERMISSIONS = allow(
    "ssm:PutParameter",
    "lambda:UpdateAlias",
    "ec2:StopInstances",
    "ecs:RegisterTaskDefinition",
    "ecs:TagResource",
    "ecs:UpdateService",
    "iam:PassRole",
)


class Stage:
    """A local AWS with Nightshift deployed, petshop under load, and alice, who causes the incidents."""

    aws: LocalAws
    nightshift: Nightshift
    petshop: Petshop
    payment_provider: ExternalService
    warehouse: ExternalService
    alice: Credentials
    inbox: Inbox
    trail: Trail

    def __init__(self, narrator: Narrator | None = None):
        self.narrator = narrator or Narrator(quiet=True)
        self._cleanup = ExitStack()

    def __enter__(self) -> "Stage":
        with ExitStack() as cleanup:
            self._set_up(cleanup)
            # Only a complete stage is kept; otherwise what was set up ends here.
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *error) -> None:
        self._cleanup.__exit__(*error)

    def _set_up(self, cleanup: ExitStack) -> None:
        build = find_build()
        work_dir = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="nightshift-demo-")))
        with self.narrator.step("local AWS") as step:
            self.aws = cleanup.enter_context(LocalAws())
            step.detail = self.aws.endpoint
        # First, so that its metrics have a baseline when the incidents begin.
        with self.narrator.step("petshop deployed and under load"):
            self.warehouse = cleanup.enter_context(ExternalService())
            self.petshop = create_petshop(self.aws, self.warehouse)
            self.payment_provider = cleanup.enter_context(ExternalService())
            cleanup.enter_context(Pulse(self.aws, self.petshop, self.payment_provider))
            self.alice = self.aws.create_user("alice", _ALICES_PERMISSIONS)
        with self.narrator.step("Nightshift deployed"):
            self.nightshift = deploy_nightshift(self.aws, build, work_dir)
            self.inbox = Inbox(self.aws, self.nightshift.topics)
            self.trail = Trail(self.aws, self.nightshift.roles)
        with self.narrator.step("all petshop alarms OK"):
            self._wait_until_healthy()

    def _wait_until_healthy(self) -> None:
        cloudwatch = self.aws.client("cloudwatch")

        def all_ok() -> bool:
            alarms = cloudwatch.describe_alarms(AlarmNamePrefix="petshop-")["MetricAlarms"]
            return bool(alarms) and all(alarm["StateValue"] == "OK" for alarm in alarms)

        wait_for("petshop's alarms in OK", all_ok, _HEALTHY_WITHIN_SECONDS)

    def instance_state(self, instance_id: str) -> str:
        found = self.aws.client("ec2").describe_instances(InstanceIds=[instance_id])
        return found["Reservations"][0]["Instances"][0]["State"]["Name"]

    def now(self) -> float:
        """Unix time in whole seconds, as CloudTrail records it."""
        return float(int(time.time()))
