"""A page fails because of a release two calls downstream; the newest change is a harmless one."""

import json

from demo.event_documents import Event
from demo.incident import Incident
from demo.incidents.alarm import when_it_shows
from demo.lifecycle import run_incident
from demo.result import Result
from demo.stage import Stage
from demo.waiting import wait_for
from workload.alarms import PERIOD_SECONDS, STOREFRONT_ERRORS
from workload.function import ALIAS
from workload.storefront import CATALOGUE, PAGE_SIZE, RECOMMENDATIONS, STOREFRONT

TITLE = "a page fails because of a release two calls downstream"
GOOD, BAD = "1", "2"
# As valid as the value before.
PAGE_SIZE_AFTER = "3"
# The engine needs this much for a baseline. By the demo's last incident it is there.
_USUAL_SECONDS = 60
_RUN_FOR_WITHIN_SECONDS = 90.0


class DependencyFailing(Incident):
    title = TITLE
    asks_model = None
    broken_by_api = "UpdateAlias"
    path = (STOREFRONT, RECOMMENDATIONS, CATALOGUE)
    # Only traces lead from the symptom to the cause, and whoever may put traces could lead there.
    first_decision = "ask"
    _broken_at = 0.0

    def current_state(self, stage: Stage) -> str:
        called = stage.aws.client("lambda").invoke(FunctionName=STOREFRONT, Qualifier=ALIAS, Payload=b"{}")
        answer = json.load(called["Payload"])
        if "FunctionError" in called:
            answered = f"fails with {answer['errorType']}: {answer['errorMessage']}"
        else:
            answered = f"recommends {len(answer['recommended'])} pets"
        parameter = _page_size(stage)
        return (
            f"{STOREFRONT} {answered}; {CATALOGUE}:{ALIAS} is version {_version(stage)}; "
            f"{PAGE_SIZE} = {parameter['Value']!r}, version {parameter['Version']}"
        )

    def break_it(self, stage: Stage) -> None:
        wait_for(f"{_USUAL_SECONDS} s of {STOREFRONT}'s metrics", lambda: _has_run(stage), _RUN_FOR_WITHIN_SECONDS)
        self._broken_at = stage.now()
        _move_alias(stage, stage.alice, BAD)
        stage.aws.client("ssm", stage.alice).put_parameter(Name=PAGE_SIZE, Value=PAGE_SIZE_AFTER, Overwrite=True)

    def event(self, stage: Stage) -> Event:
        harmless = stage.trail.wait_for_call("alice", "PutParameter", self._broken_at)
        stage.narrator.detail("also", f"{harmless} right after, a harmless change: {PAGE_SIZE} = {PAGE_SIZE_AFTER!r}")
        # One period may be an outlier; alarms commonly need two or three.
        return when_it_shows(stage, STOREFRONT_ERRORS, periods=2)

    def is_restored(self, stage: Stage) -> bool:
        """The alias is rolled back, and the harmless change is still there."""
        return _version(stage) == GOOD and _page_size(stage)["Value"] == PAGE_SIZE_AFTER

    def clean_up(self, stage: Stage) -> None:
        if _version(stage) != GOOD:
            _move_alias(stage, stage.aws.admin, GOOD)


def _has_run(stage: Stage) -> bool:
    """Whether CloudWatch has metrics of its calls from that long ago."""
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
    return run_incident(stage, DependencyFailing())
