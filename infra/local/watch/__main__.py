"""`make watch`: serves the functions until Ctrl-C. A second terminal invokes them."""

import argparse
import signal
import sys

from botocore.exceptions import BotoCoreError, ClientError

from demo.prerequisites import Missing
from local_aws import DeployFailed, EmulatorDidNotStart
from watch.account import Conflicting, ready_for_samples
from watch.samples import SAMPLES
from watch.server import DEFAULT_PORT, DidNotServe, Server, invoke_arguments, serving

_INTERRUPTED = 130


def main() -> int:
    parser = argparse.ArgumentParser(prog="make watch", description=__doc__)
    parser.add_argument("--invoke-port", type=int, default=DEFAULT_PORT, help="(default: %(default)s)")
    port = parser.parse_args().invoke_port
    # So that SIGTERM leaves through the `with` block, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_INTERRUPTED))
    try:
        with ready_for_samples() as account, serving(account, port) as server:
            return _serve(server)
    except (BotoCoreError, ClientError, Conflicting, DeployFailed, DidNotServe, EmulatorDidNotStart, Missing) as reason:
        print(f"watch: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("watch: interrupted before it served; everything that was started has been ended", file=sys.stderr)
        return _INTERRUPTED


def _serve(server: Server) -> int:
    _print_how_to_invoke(server)
    try:
        return server.wait()
    except (KeyboardInterrupt, SystemExit):
        # Here and not outside: an end that was asked for leaves the local AWS nothing to keep its log for.
        print("\nwatch: ending everything that was started", file=sys.stderr)
        return 0


def _print_how_to_invoke(server: Server) -> None:
    print("\nIn a second terminal, in this order, as each builds on the one before:\n")
    print("  export PATH=$PWD/.tools/sam/bin:$PATH")
    for sample in SAMPLES:
        print(f"  {sample.command(invoke_arguments(server))}")
    print("\nA function is compiled by its first invocation. Ctrl-C ends everything.\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
