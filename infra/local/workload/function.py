"""Creates petshop's functions: each with an alias that takes its traffic, and maybe a version that takes none yet."""

import io
import zipfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from local_aws import LocalAws

from workload.tags import TAGS

ALIAS = "live"
_SOURCES = Path(__file__).parent / "functions"
_POLL = {"Delay": 0.05}


@dataclass(frozen=True)
class Function:
    name: str
    role: str
    """ARN."""
    source: str
    """A file of `functions/`, as are the modules that it imports."""
    environment: dict[str, str]
    modules: tuple[str, ...] = ()
    next_source: str | None = None
    """Published as version 2, for no traffic yet: what a release pipeline leaves before it moves the alias."""
    next_description: str = ""


def create_functions(aws: LocalAws, functions: Iterable[Function]) -> None:
    """All at once: creating one is mostly waiting for it. Each one's alias is at its version 1."""
    with ThreadPoolExecutor() as threads:
        # For its errors.
        list(threads.map(partial(_create, aws.client("lambda")), functions))


def _create(client, function: Function) -> None:
    client.create_function(
        FunctionName=function.name,
        Runtime="python3.11",
        Handler="index.handler",
        Role=function.role,
        Code={"ZipFile": _zip(function.source, function.modules)},
        Environment={"Variables": function.environment},
        Tags=TAGS,
        Timeout=10,
    )
    # A version published before is Pending for ever, in AWS as here.
    client.get_waiter("function_active_v2").wait(FunctionName=function.name, WaiterConfig=_POLL)
    version = client.publish_version(FunctionName=function.name)["Version"]
    client.create_alias(FunctionName=function.name, Name=ALIAS, FunctionVersion=version)
    if function.next_source:
        code = _zip(function.next_source, function.modules)
        client.update_function_code(FunctionName=function.name, ZipFile=code)
        client.get_waiter("function_updated_v2").wait(FunctionName=function.name, WaiterConfig=_POLL)
        client.publish_version(FunctionName=function.name, Description=function.next_description)


def _zip(source: str, modules: tuple[str, ...]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as output:
        output.writestr("index.py", (_SOURCES / source).read_text())
        for module in modules:
            output.writestr(module, (_SOURCES / module).read_text())
    return archive.getvalue()
