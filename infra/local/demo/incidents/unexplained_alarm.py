"""An external service goes down: nothing in the account is the cause of the alarm."""

from demo.event_documents import Event
from demo.incident import Incident
from demo.incidents.alarm import when_it_fires
from demo.lifecycle import run_incident
from demo.result import Result
from demo.stage import Stage
from workload.alarms import PAYMENTS_FAILING
from workload.function import ALIAS
from workload.petshop import CHECKOUT, CLUSTER, PAYMENT_TIMEOUT, SEARCH, SERVICE
from workload.storefront import CATALOGUE, PAGE_SIZE, RECOMMENDATIONS, STOREFRONT

TITLE = "an external payment provider goes down"


class UnexplainedAlarm(Incident):
    title = TITLE
    resolution = "escalated"
    final_message = "escalated"
    first_decision = None
    asks_model = True

    def current_state(self, stage: Stage) -> str:
        """Everything of petshop that Nightshift could have changed."""
        parameters = [
            f"{name} {stage.aws.client('ssm').get_parameter(Name=name)['Parameter']['Version']}"
            for name in (PAYMENT_TIMEOUT, PAGE_SIZE)
        ]
        functions = stage.aws.client("lambda")
        aliases = [
            f"{name} {functions.get_alias(FunctionName=name, Name=ALIAS)['FunctionVersion']}"
            for name in (CHECKOUT, SEARCH, STOREFRONT, RECOMMENDATIONS, CATALOGUE)
        ]
        instance = stage.instance_state(stage.petshop.instance_id)
        service = stage.aws.client("ecs").describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
        return (
            f"instance {instance}; service {service['taskDefinition'].rsplit('/', 1)[-1]}; aliases {', '.join(aliases)}; "
            f"parameters {', '.join(parameters)}"
        )

    def break_it(self, stage: Stage) -> None:
        stage.payment_provider.close()
        stage.narrator.broken_by("the payment provider, which is outside the account, refuses connections")

    def event(self, stage: Stage) -> Event:
        return when_it_fires(stage, PAYMENTS_FAILING)

    def is_restored(self, stage: Stage) -> bool:
        return False

    def clean_up(self, stage: Stage) -> None:
        stage.payment_provider.open()


def run(stage: Stage) -> Result:
    return run_incident(stage, UnexplainedAlarm())
