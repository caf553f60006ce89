"""What can break: resources that are nobody else's, each of an application of its own.

A target knows how it is broken by a person, which events AWS would send about that, and in which of its known states
it is: `good`, `broken` (as it was found), or any other text.
"""

import io
import time
import zipfile
from abc import ABC, abstractmethod
from typing import Any

from demo.event_documents import Event, alarm_state_change, deployment_failed, instance_stopped
from demo.waiting import wait_for
from local_aws import Credentials, LocalAws
from workload.petshop import UNPULLABLE_WEB_IMAGE, WEB_IMAGE

GOOD, BROKEN = "good", "broken"
CLUSTER = "chaos"
ROLE = "chaos-workload"
_BREAKS_WITHIN_SECONDS = 60.0
_POLL = {"Delay": 0.1}
_PERIOD_SECONDS = 10
_BASELINE_PERIODS = 30


class Target(ABC):
    kind: str

    def __init__(self, aws: LocalAws, name: str):
        self.aws = aws
        self.application = name
        self.name = name
        """Every call about it has this text."""

    @abstractmethod
    def create(self) -> None: ...

    @abstractmethod
    def break_as(self, person: Credentials) -> None: ...

    @abstractmethod
    def events(self, signals: int) -> list[Event]:
        """Waits for the symptom; as many events about it, each of a fingerprint of its own where the kind has alarms."""

    @abstractmethod
    def state(self) -> str: ...

    def changes(self) -> int:
        """How often it was changed since it was broken, so far as its service counts that."""
        return 0

    def beat(self) -> list[dict[str, Any]]:
        """Metric data of the moment; none where no alarm watches it."""
        return []


class Instance(Target):
    kind = "instance"

    def create(self) -> None:
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "application", "Value": self.application}]}]
        reservation = self.aws.client("ec2").run_instances(
            ImageId="ami-0123456789abcdef0", InstanceType="t3.micro", MinCount=1, MaxCount=1, TagSpecifications=tags
        )
        self.name = reservation["Instances"][0]["InstanceId"]

    def break_as(self, person: Credentials) -> None:
        self.aws.client("ec2", person).stop_instances(InstanceIds=[self.name])

    def events(self, signals: int) -> list[Event]:
        wait_for(f"{self.name} to be stopped", lambda: self.state() == BROKEN, _BREAKS_WITHIN_SECONDS)
        return [instance_stopped(self.aws, self.name) for _ in range(signals)]

    def state(self) -> str:
        found = self.aws.client("ec2").describe_instances(InstanceIds=[self.name])
        state = found["Reservations"][0]["Instances"][0]["State"]["Name"]
        return {"running": GOOD, "stopped": BROKEN}.get(state, state)


class Service(Target):
    kind = "service"

    def create(self) -> None:
        ecs = self.aws.client("ecs")
        self.good = self._task_definition(ecs, WEB_IMAGE)
        subnet = self.aws.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        ecs.create_service(
            cluster=CLUSTER,
            serviceName=self.name,
            taskDefinition=self.good,
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
            deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": False}},
            tags=[{"key": "application", "value": self.application}],
        )
        wait_for(f"{self.name} to run", lambda: self.state() == GOOD, _BREAKS_WITHIN_SECONDS)

    def break_as(self, person: Credentials) -> None:
        ecs = self.aws.client("ecs", person)
        self.bad = self._task_definition(ecs, UNPULLABLE_WEB_IMAGE)
        ecs.update_service(cluster=CLUSTER, service=self.name, taskDefinition=self.bad)

    def events(self, signals: int) -> list[Event]:
        wait_for(f"the deployment of {self.name} to fail", lambda: self.state() == BROKEN, _BREAKS_WITHIN_SECONDS)
        return [deployment_failed(self.aws, self._described()) for _ in range(signals)]

    def state(self) -> str:
        primary = next(one for one in self._described()["deployments"] if one["status"] == "PRIMARY")
        now = (primary["taskDefinition"], primary["rolloutState"])
        if now == (self.good, "COMPLETED"):
            return GOOD
        return BROKEN if now == (getattr(self, "bad", None), "FAILED") else " ".join(now)

    def _described(self) -> dict[str, Any]:
        return self.aws.client("ecs").describe_services(cluster=CLUSTER, services=[self.name])["services"][0]

    def _task_definition(self, ecs, image: str) -> str:
        registered = ecs.register_task_definition(
            family=self.name,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "web", "image": image, "essential": True}],
            tags=[{"key": "application", "value": self.application}],
        )
        return registered["taskDefinition"]["taskDefinitionArn"]


class _Alarmed(Target):
    """A function whose errors alarms watch. Nobody calls it: the campaign puts the errors that its callers would see."""

    def create(self) -> None:
        # As if it had been called for some time, without an error.
        start = time.time() - _BASELINE_PERIODS * _PERIOD_SECONDS
        past = [self._errors(0, start + age * _PERIOD_SECONDS) for age in range(_BASELINE_PERIODS)]
        cloudwatch = self.aws.client("cloudwatch")
        cloudwatch.put_metric_data(Namespace="AWS/Lambda", MetricData=past)
        self._put_alarm(self.name)

    def events(self, signals: int) -> list[Event]:
        alarms = [self.name, *(f"{self.name}-{number}" for number in range(2, signals + 1))]
        for alarm in alarms[1:]:
            self._put_alarm(alarm)
        for alarm in alarms:
            wait_for(f"alarm {alarm}", lambda: self._state_of(alarm) == "ALARM", _BREAKS_WITHIN_SECONDS)
        # Until the metric shows it: local alarms fire in the middle of a period.
        time.sleep(_PERIOD_SECONDS)
        return [alarm_state_change(self.aws, alarm) for alarm in alarms]

    def beat(self) -> list[dict[str, Any]]:
        return [self._errors(int(self.state() != GOOD), time.time())]

    def _dimensions(self) -> dict[str, str]:
        return {"FunctionName": self.name, "Resource": f"{self.name}:live"}

    def _errors(self, count: int, at: float) -> dict[str, Any]:
        dimensions = [{"Name": name, "Value": value} for name, value in self._dimensions().items()]
        return {"MetricName": "Errors", "Value": count, "Unit": "Count", "Timestamp": at, "Dimensions": dimensions}

    def _put_alarm(self, name: str) -> None:
        self.aws.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            AlarmDescription="Its callers fail.",
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Dimensions=[{"Name": name, "Value": value} for name, value in self._dimensions().items()],
            Statistic="Sum",
            Period=_PERIOD_SECONDS,
            EvaluationPeriods=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            Threshold=1,
            TreatMissingData="ignore",
            Tags=[{"Key": "application", "Value": self.application}],
        )

    def _state_of(self, alarm: str) -> str:
        return self.aws.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]["StateValue"]

    def _create_function(self, versions: int, environment: dict[str, str]) -> None:
        client = self.aws.client("lambda")
        role = self.aws.client("iam").get_role(RoleName=ROLE)["Role"]["Arn"]
        client.create_function(
            FunctionName=self.name,
            Runtime="python3.11",
            Handler="index.handler",
            Role=role,
            Code={"ZipFile": _code(1)},
            Environment={"Variables": environment},
            Tags={"application": self.application},
        )
        for version in range(1, versions + 1):
            if version > 1:
                client.update_function_code(FunctionName=self.name, ZipFile=_code(version))
            client.get_waiter("function_updated_v2").wait(FunctionName=self.name, WaiterConfig=_POLL)
            client.publish_version(FunctionName=self.name)
        client.create_alias(FunctionName=self.name, Name="live", FunctionVersion="1")


class Alias(_Alarmed):
    kind = "alias"

    def create(self) -> None:
        self._create_function(2, {})
        super().create()

    def break_as(self, person: Credentials) -> None:
        self.aws.client("lambda", person).update_alias(FunctionName=self.name, Name="live", FunctionVersion="2")

    def state(self) -> str:
        version = self.aws.client("lambda").get_alias(FunctionName=self.name, Name="live")["FunctionVersion"]
        return {"1": GOOD, "2": BROKEN}[version]


class Parameter(_Alarmed):
    kind = "parameter"

    def __init__(self, aws: LocalAws, name: str):
        super().__init__(aws, name)
        self.parameter = f"/{name}/timeout-seconds"

    def create(self) -> None:
        tags = [{"Key": "application", "Value": self.application}]
        self.aws.client("ssm").put_parameter(Name=self.parameter, Value="3", Type="String", Tags=tags)
        self._create_function(1, {"TIMEOUT_PARAMETER": self.parameter})
        super().create()

    def break_as(self, person: Credentials) -> None:
        self.aws.client("ssm", person).put_parameter(Name=self.parameter, Value="thirty", Overwrite=True)

    def state(self) -> str:
        value = self.aws.client("ssm").get_parameter(Name=self.parameter)["Parameter"]["Value"]
        return {"3": GOOD, "thirty": BROKEN}.get(value, value)

    def changes(self) -> int:
        # Created, then broken.
        return self.aws.client("ssm").get_parameter(Name=self.parameter)["Parameter"]["Version"] - 2


KINDS: dict[str, type[Target]] = {one.kind: one for one in (Instance, Parameter, Alias, Service)}


def _code(version: int) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as output:
        output.writestr("index.py", f"def handler(_event, _context):\n    return {version}\n")
    return archive.getvalue()
