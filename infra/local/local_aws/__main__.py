"""`python -m local_aws`: runs a local AWS in the foreground and prints how to use it."""

import argparse
import shlex
import signal
import sys
from pathlib import Path

from local_aws.bedrock.control import PROXY_VARIABLE, SCRIPT_VARIABLE
from local_aws.emulator import DEFAULT_ACCOUNT, DEFAULT_REGION, LocalAws
from local_aws.process import EmulatorDidNotStart


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local_aws", description=__doc__)
    parser.add_argument("--port", type=int, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--account", default=DEFAULT_ACCOUNT, help="12 digits (default: %(default)s)")
    parser.add_argument("--region", default=DEFAULT_REGION, help="(default: %(default)s)")
    parser.add_argument("--state-dir", type=Path, help="kept after the run (default: a fresh one, removed)")
    parser.add_argument("--bedrock-script", type=Path, help="what the model answers (README, Bedrock)")
    parser.add_argument("--bedrock-proxy", metavar="URL", help="of an OpenAI-compatible server that is the model")
    return parser.parse_args()


def _environment(arguments: argparse.Namespace) -> dict[str, str]:
    script, proxy = arguments.bedrock_script, arguments.bedrock_proxy
    given = {SCRIPT_VARIABLE: script and str(script.resolve()), PROXY_VARIABLE: proxy}
    return {name: value for name, value in given.items() if value}


def main() -> int:
    arguments = _parse_arguments()
    # So that SIGTERM leaves through the `with` block, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        return _run(arguments)
    except EmulatorDidNotStart as reason:
        print(reason, file=sys.stderr)
        return 1


def _run(arguments: argparse.Namespace) -> int:
    with LocalAws(
        account=arguments.account,
        region=arguments.region,
        port=arguments.port,
        state_dir=arguments.state_dir,
        environment=_environment(arguments),
    ) as aws:
        for name, value in aws.environment().items():
            print(f"export {name}={shlex.quote(value)}")
        print(f"# log: {aws.log_path}\n# Ctrl-C stops it", flush=True)
        try:
            return aws.wait()
        except (KeyboardInterrupt, SystemExit):
            return 0


if __name__ == "__main__":
    sys.exit(main())
