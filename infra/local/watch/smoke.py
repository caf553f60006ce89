"""Invokes every function once with its sample input, as the README says, and checks what it answers.

`python -m watch.smoke`, with infra/local on PYTHONPATH. Exit code 0 if every answer is one of those expected.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from http import HTTPStatus

from demo.prerequisites import ROOT, Missing
from local_aws import DeployFailed, EmulatorDidNotStart
from watch.account import Conflicting, ready_for_samples
from watch.samples import SAMPLES, Sample
from watch.server import CARGO_LAMBDA, DidNotServe, Server, invoke_arguments, loopback_address, serving

# Also for the compilation that a first invocation may need. One that fails to compile is waited for as long.
_INVOCATION_SECONDS = 900


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with ready_for_samples() as account, serving(account, _free_port(), reloads=False) as server:
            wrong = [sample for sample in SAMPLES if not _is_right(server, sample)]
    except (Conflicting, DeployFailed, DidNotServe, EmulatorDidNotStart, Missing, subprocess.TimeoutExpired) as reason:
        print(f"smoke: {reason}", file=sys.stderr)
        return 1
    return 1 if wrong else 0


def _is_right(server: Server, sample: Sample) -> bool:
    answer = _invoke(server, sample)
    is_right = result_of(answer) in sample.results
    print(f"{'✓' if is_right else '✗'} {sample.command([])}\n  {answer}", flush=True)
    if not is_right:
        print(f"  should have the result {' or '.join(sample.results)}", flush=True)
    return is_right


def result_of(answer: str) -> str | None:
    try:
        document = json.loads(answer)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    # The answer of a function URL is an HTTP response.
    return "accepted" if document.get("statusCode") == HTTPStatus.ACCEPTED else document.get("result")


def _invoke(server: Server, sample: Sample) -> str:
    """The output of `cargo lambda invoke`."""
    if not sample.path.is_file():
        raise Missing(f"{sample.path} is not there: it is the sample input of {sample.function}")
    ended = subprocess.run(
        [CARGO_LAMBDA, "lambda", "invoke", *invoke_arguments(server), *sample.arguments()],
        cwd=ROOT,
        env=os.environ | {"CARGO_LAMBDA_COLOR": "never"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_INVOCATION_SECONDS,
        check=False,
    )
    return (ended.stdout or ended.stderr).strip()


def _free_port() -> int:
    address = loopback_address()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main())
