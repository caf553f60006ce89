"""A bootstrap as a process, with what Lambda gives it and nothing of this machine's environment."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from functions.runtime_api import FunctionFailed, RuntimeApi

START_TIMEOUT_SECONDS = 30.0
_MEMORY_MB = "128"


@contextmanager
def started(command: list[str], api: RuntimeApi, environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    """The process, ended for sure when the block is left."""
    process = subprocess.Popen(
        command,
        env=_lambda_environment(api) | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until_ready(api: RuntimeApi, process: subprocess.Popen, command: list[str]) -> float:
    try:
        return api.wait_until_ready(START_TIMEOUT_SECONDS)
    except FunctionFailed as failed:
        exit_code = process.poll()
        ended = "" if exit_code is None else f" (it ended with exit code {exit_code})"
        raise FunctionFailed(f"{Path(command[-1]).name}: {failed}{ended}") from failed


def peak_resident_bytes(process: subprocess.Popen) -> int:
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise FunctionFailed(f"process {process.pid} has ended: it has no peak memory any more")


def _lambda_environment(api: RuntimeApi) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": _MEMORY_MB,
        "AWS_LAMBDA_LOG_GROUP_NAME": "bench",
        "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
