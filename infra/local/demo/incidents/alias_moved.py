"""A Lambda alias is moved to a version that fails at every call, and two alarms fire about it."""

from demo.event_documents import Event
from demo.incident import Incident
from demo.incidents.alarm import when_it_fires, when_it_shows
from demo.lifecycle import run_incident
from demo.result import Result
from demo.stage import Stage
from workload.alarms import SEARCH_ERRORS, SEARCH_FAILING
from workload.function import ALIAS
from workload.petshop import SEARCH

TITLE = "an alias is moved to a broken version; two alarms fire"
GOOD, BAD = "1", "2"


class AliasMoved(Incident):
    title = TITLE
    broken_by_api = "UpdateAlias"
    # Long enough that the second alarm comes in the middle of it.
    step_seconds = 0.4

    def current_state(self, stage: Stage) -> str:
        called = stage.aws.client("lambda").invoke(FunctionName=SEARCH, Qualifier=ALIAS, Payload=b"{}")
        answer = "invocations fail" if "FunctionError" in called else "invocations succeed"
        return f"{SEARCH}:{ALIAS} is version {_version(stage)}; {answer}"

    def break_it(self, stage: Stage) -> None:
        stage.aws.client("lambda", stage.alice).update_alias(FunctionName=SEARCH, Name=ALIAS, FunctionVersion=BAD)

    def event(self, stage: Stage) -> Event:
        return when_it_shows(stage, SEARCH_ERRORS)

    def second_event(self, stage: Stage) -> Event:
        return when_it_fires(stage, SEARCH_FAILING)

    def is_restored(self, stage: Stage) -> bool:
        return _version(stage) == GOOD


def _version(stage: Stage) -> str:
    return stage.aws.client("lambda").get_alias(FunctionName=SEARCH, Name=ALIAS)["FunctionVersion"]


def run(stage: Stage) -> Result:
    return run_incident(stage, AliasMoved())
