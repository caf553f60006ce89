"""A harmless release and an outage come at one moment: the rollback does not help, and is undone after approval."""

from demo.event_documents import Event
from demo.incident import Incident
from demo.incidents.alarm import when_it_shows
from demo.lifecycle import run_incident
from demo.result import Result
from demo.stage import Stage
from workload.alarms import STOCK_ERRORS
from workload.function import ALIAS
from workload.petshop import STOCK

TITLE = "a harmless release gets the blame; its rollback is undone"
RELEASE = "2"


class RollbackUndone(Incident):
    title = TITLE
    asks_model = None
    broken_by_api = "UpdateAlias"
    resolution = "escalated"
    final_message = "escalated"
    is_undone = True

    def current_state(self, stage: Stage) -> str:
        return f"{STOCK}:{ALIAS} is version {_version(stage)}"

    def break_it(self, stage: Stage) -> None:
        stage.aws.client("lambda", stage.alice).update_alias(FunctionName=STOCK, Name=ALIAS, FunctionVersion=RELEASE)
        stage.warehouse.close()

    def event(self, stage: Stage) -> Event:
        return when_it_shows(stage, STOCK_ERRORS)

    def is_restored(self, stage: Stage) -> bool:
        return _version(stage) == RELEASE

    def clean_up(self, stage: Stage) -> None:
        stage.warehouse.open()


def _version(stage: Stage) -> str:
    return stage.aws.client("lambda").get_alias(FunctionName=STOCK, Name=ALIAS)["FunctionVersion"]


def run(stage: Stage) -> Result:
    return run_incident(stage, RollbackUndone())
