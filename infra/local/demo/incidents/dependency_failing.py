"""A page fails because of a release two calls behind it, and the newest change is somebody's harmless one."""

import json

from demo.event_documents import Event
from demo.incident import Incident
from demo.incidents.alarm import when_it_shows
from demo.lifecycle import live_through
from demo.result import Result
from demo.stage import Stage
from demo.waiting import wait_for
from workload.alarms import PERIOD_SECONDS, STOREFRONT_ERRORS
from workload.function import ALIAS
from workload.storefront import CATALOGUE, PAGE_SIZE, RECOMMENDATIONS, STOREFRONT

TITLE = "a page fails for a release two calls behind it"
GOOD, BAD = "1", "2"
# As good as the value before it.
PAGE_SIZE_AFTER = "3"
# What is usual can't be told from less; by the demo's last incident it is there.
_USUAL_SECONDS = 60
_RUN_FOR_WITHIN_SECONDS = 90.0


class DependencyFailing(Incident):
    title = TITLE
    broken_by_api = "UpdateAlias"
    path = (STOREFRONT, RECOMMENDATIONS, CATALOGUE)
    _broken_at = 0.0

    def look(self, stage: Stage) -> str:
        called = stage.aws.client("lambda").invoke(FunctionName=STOREFRONT, Qualifier=ALIAS, Payload=b"{}")
        answer = json.load(called["Payload"])
        if "FunctionError" in called:
            said = f"fails with {answer['errorType']}: {answer['errorMessage']}"
        else:
            said = f"recommends {len(answer['recommended'])} pets"
        parameter = _page_size(stage)
        return (
            f"{STOREFRONT} {said}; {CATALOGUE}:{ALIAS} is version {_version(stage)}; "
            f"{PAGE_SIZE} = {parameter['Value']!r}, version {parameter['Version']}"
        )

    def break_it(self, stage: Stage) -> None:
        wait_for(f"{_USUAL_SECONDS} s of {STOREFRONT}'s metrics", lambda: _has_run(stage), _RUN_FOR_WITHIN_SECONDS)
        self._broken_at = stage.now()
        _move_alias(stage, stage.alice, BAD)
        stage.aws.client("ssm", stage.alice).put_parameter(Name=PAGE_SIZE, Value=PAGE_SIZE_AFTER, Overwrite=True)

    def event(self, stage: Stage) -> Event:
        harmless = stage.trail.wait_for_call("alice", "PutParameter", self._broken_at)
        stage.narrator.detail("also", f"{harmless} right after it, a harmless change: {PAGE_SIZE} = {PAGE_SIZE_AFTER!r}")
        # One may be chance; CloudWatch's own alarms are commonly on two or three.
        return when_it_shows(stage, STOREFRONT_ERRORS, periods=2)

    def is_mended(self, stage: Stage) -> bool:
        """The cause is gone, and the change that was none is still there."""
        return _version(stage) == GOOD and _page_size(stage)["Value"] == PAGE_SIZE_AFTER

    def clean_up(self, stage: Stage) -> None:
        if _version(stage) != GOOD:
            _move_alias(stage, stage.aws.admin, GOOD)


def _has_run(stage: Stage) -> bool:
    """Says if CloudWatch has metrics of its calls from that long ago."""
    now = stage.now()
    statistics = stage.aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Invocations",
        Dimensions=[{"Name": "FunctionName", "Value": STOREFRONT}, {"Name": "Resource", "Value": f"{STOREFRONT}:{ALIAS}"}],
        StartTime=now - 10 * _USUAL_SECONDS,
        EndTime=now - _USUAL_SECONDS,
        Period=PERIOD_SECONDS,
        Statistics=["Sum"],
    )
    return bool(statistics["Datapoints"])


def _move_alias(stage: Stage, credentials, version: str) -> None:
    stage.aws.client("lambda", credentials).update_alias(FunctionName=CATALOGUE, Name=ALIAS, FunctionVersion=version)


def _version(stage: Stage) -> str:
    return stage.aws.client("lambda").get_alias(FunctionName=CATALOGUE, Name=ALIAS)["FunctionVersion"]


def _page_size(stage: Stage) -> dict:
    return stage.aws.client("ssm").get_parameter(Name=PAGE_SIZE)["Parameter"]


def run(stage: Stage) -> Result:
    return live_through(stage, DependencyFailing())
