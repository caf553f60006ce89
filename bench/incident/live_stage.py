"""The demo's stage with our bootstraps on it, and a counting proxy in front of every deployed function."""

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.deployment import PARAMETERS, STACK
from demo.prerequisites import TEMPLATE, Missing
from demo.stage import Stage
from functions.clients import FUNCTIONS, endpoint_variables
from loopback.counting_proxy import Call, CountingProxy

HOLD_SECONDS = float(PARAMETERS["HoldSeconds"])
_PROFILE = "bootstraps"
_DEFAULT_HOLD = re.compile(r"^  HoldSeconds:$.*?^    Default: (\d+)$", re.MULTILINE | re.DOTALL)
# The stage wants a CLI to be there; nothing here calls it, so that nobody has to build it for a benchmark.
_NO_CLI = "#!/bin/sh\necho 'the benchmark has no CLI' >&2\nexit 1\n"


@dataclass(frozen=True)
class Live:
    stage: Stage
    proxies: dict[str, CountingProxy]
    """By function."""
    outputs: dict[str, str]
    """Of the stack."""

    def take_calls(self) -> dict[str, list[Call]]:
        return {name: proxy.take() for name, proxy in self.proxies.items()}

    def function_name(self, function: str) -> str:
        return f"{STACK}-{function}"

    def configuration(self, function: str) -> dict[str, Any]:
        client = self.stage.aws.client("lambda")
        return client.get_function_configuration(FunctionName=self.function_name(function))

    def variables(self, function: str) -> dict[str, str]:
        return self.configuration(function)["Environment"]["Variables"]

    def give(self, function: str, variables: dict[str, str]) -> None:
        """Starts the function anew."""
        client, name = self.stage.aws.client("lambda"), self.function_name(function)
        client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
        client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})


@contextmanager
def set_up(work_dir: Path, *, counts: bool = True) -> Iterator[Live]:
    """`work_dir/bootstraps` holds a bootstrap named for each function. Without counts no proxy costs any time."""
    cli = work_dir / _PROFILE / "nightshift"
    cli.write_text(_NO_CLI)
    cli.chmod(0o755)
    with ExitStack() as cleanup:
        cleanup.enter_context(_variables(NIGHTSHIFT_TARGET_DIR=str(work_dir), NIGHTSHIFT_PROFILE=_PROFILE))
        stage = cleanup.enter_context(Stage())
        stacks = stage.aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        outputs = {one["OutputKey"]: one["OutputValue"] for one in stacks[0]["Outputs"]}
        counted = FUNCTIONS if counts else ()
        proxies = {one.name: cleanup.enter_context(CountingProxy(stage.aws.endpoint)) for one in counted}
        live = Live(stage, proxies, outputs)
        _send_through_proxies(live)
        yield live


def default_hold_seconds() -> float:
    """The template's, which a deployment has unless told otherwise."""
    if found := _DEFAULT_HOLD.search(TEMPLATE.read_text()):
        return float(found[1])
    raise Missing(f"{TEMPLATE} has no default for HoldSeconds")


def drill_document(live: Live, event: dict[str, Any]) -> dict[str, Any]:
    """A drill as EventBridge delivers it; a new one each time."""
    aws = live.stage.aws
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Drill",
        "source": "nightshift.drill",
        "account": aws.account,
        "time": event["time"],
        "region": aws.region,
        "resources": [],
        "detail": {"event": event},
    }


def _send_through_proxies(live: Live) -> None:
    """By the variables for single services: the emulator sets the general one itself, for all functions at once."""
    for function in FUNCTIONS:
        if function.name in live.proxies:
            before = live.variables(function.name)
            live.give(function.name, before | endpoint_variables(function, live.proxies[function.name].endpoint))


@contextmanager
def _variables(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
