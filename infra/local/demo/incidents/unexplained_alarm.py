"""Another company's service fails: an alarm for which nothing in the account is the reason."""

from demo.event_documents import Event
from demo.incident import Incident
from demo.incidents.alarm import when_it_fires
from demo.lifecycle import live_through
from demo.result import Result
from demo.stage import Stage
from workload.alarms import PAYMENTS_FAILING
from workload.petshop import CLUSTER, PAYMENT_TIMEOUT, SERVICE

TITLE = "an alarm that nobody can explain"


class UnexplainedAlarm(Incident):
    title = TITLE
    resolution = "escalated"
    told_at_the_end = "escalated"
    first_decision = None

    def look(self, stage: Stage) -> str:
        """All of petshop that Nightshift could have touched."""
        parameter = stage.aws.client("ssm").get_parameter(Name=PAYMENT_TIMEOUT)["Parameter"]
        functions = stage.aws.client("lambda")
        aliases = [
            f"{name} {functions.get_alias(FunctionName=name, Name='live')['FunctionVersion']}"
            for name in ("petshop-checkout", "petshop-search")
        ]
        found = stage.aws.client("ec2").describe_instances(InstanceIds=[stage.petshop.instance_id])
        instance = found["Reservations"][0]["Instances"][0]["State"]["Name"]
        service = stage.aws.client("ecs").describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
        return (
            f"parameter version {parameter['Version']}; aliases {', '.join(aliases)}; instance {instance}; "
            f"{service['taskDefinition'].rsplit('/', 1)[-1]}"
        )

    def break_it(self, stage: Stage) -> None:
        stage.payment_provider.close()
        stage.narrator.fact("broken", "the payment provider's port is closed; it is not in the account")

    def event(self, stage: Stage) -> Event:
        return when_it_fires(stage, PAYMENTS_FAILING)

    def is_mended(self, stage: Stage) -> bool:
        return False

    def clean_up(self, stage: Stage) -> None:
        stage.payment_provider.open()


def run(stage: Stage) -> Result:
    return live_through(stage, UnexplainedAlarm())
