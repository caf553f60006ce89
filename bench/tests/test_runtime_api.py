import sys
from pathlib import Path

import pytest

from functions import cold_start
from functions.clients import Function
from functions.function_process import started, wait_until_ready
from functions.runtime_api import FunctionFailed, RuntimeApi

_ECHO = Path(__file__).with_name("echo_bootstrap.py")
_COMMAND = [sys.executable, str(_ECHO)]


def test_invocation_is_answered_and_timed():
    with RuntimeApi() as api, started(_COMMAND, api, {}) as process:
        wait_until_ready(api, process, _COMMAND)
        answer = api.invoke(b'{"a": 1}')
        assert (answer.body, answer.is_error) == (b'{"a": 1}', False)
        assert 0 < answer.seconds < 5
        assert api.invoke(b'"fail"').is_error


def test_bootstrap_that_ends_is_named_with_its_exit_code():
    command = [sys.executable, "-c", "raise SystemExit(3)"]
    with RuntimeApi() as api, started(command, api, {}) as process:
        process.wait()
        api.could_not_start(b"no table")
        with pytest.raises(FunctionFailed, match=r"no table.*exit code 3"):
            wait_until_ready(api, process, command)


def test_process_is_gone_after_its_block():
    with RuntimeApi() as api:
        with started(_COMMAND, api, {}) as process:
            pass
        assert process.poll() is not None


def test_cold_start_measures_both_in_turns_without_the_warm_ups(tmp_path):
    bootstrap = tmp_path / "bootstrap"
    bootstrap.write_text(f"#!/bin/sh\nexec {sys.executable} {_ECHO}\n")
    bootstrap.chmod(0o755)
    comparison = cold_start.compare(Function("echo", ("dynamodb",)), bootstrap, runs=2)
    assert len(comparison.rust.seconds) == len(comparison.python.seconds) == 2
    # It makes a boto3 client more.
    assert comparison.ratio > 1
    assert comparison.python.median_peak_bytes > comparison.rust.median_peak_bytes > 0
