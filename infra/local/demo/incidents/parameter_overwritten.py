"""A configuration value in Parameter Store is overwritten, and checkouts fail."""

from demo.event_documents import Event
from demo.incident import Incident
from demo.incidents.alarm import when_it_shows
from demo.lifecycle import run_incident
from demo.result import Result
from demo.stage import Stage
from workload.alarms import CHECKOUT_ERRORS
from workload.petshop import PAYMENT_TIMEOUT

TITLE = "a configuration value is overwritten"
GOOD, BAD = "3", "thirty"


class ParameterOverwritten(Incident):
    title = TITLE
    broken_by_api = "PutParameter"

    def current_state(self, stage: Stage) -> str:
        parameter = _parameter(stage)
        return f"{PAYMENT_TIMEOUT} = {parameter['Value']!r}, version {parameter['Version']}"

    def break_it(self, stage: Stage) -> None:
        stage.aws.client("ssm", stage.alice).put_parameter(Name=PAYMENT_TIMEOUT, Value=BAD, Overwrite=True)

    def event(self, stage: Stage) -> Event:
        return when_it_shows(stage, CHECKOUT_ERRORS)

    def is_restored(self, stage: Stage) -> bool:
        return _parameter(stage)["Value"] == GOOD


def _parameter(stage: Stage) -> dict:
    return stage.aws.client("ssm").get_parameter(Name=PAYMENT_TIMEOUT)["Parameter"]


def run(stage: Stage) -> Result:
    return run_incident(stage, ParameterOverwritten())
