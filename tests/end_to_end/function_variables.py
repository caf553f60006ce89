"""A deployed function's environment, for as long as a test wants it otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager

from demo.deployment import STACK
from scene import Scene


@contextmanager
def other_variables(scene: Scene, function: str, **values: str) -> Iterator[None]:
    """Meanwhile the function has these variables besides, or instead."""
    client, name = scene.aws.client("lambda"), f"{STACK}-{function}"
    before = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]

    def give(variables: dict[str, str]) -> None:
        client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
        client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})

    give(before | values)
    try:
        yield
    finally:
        give(before)
