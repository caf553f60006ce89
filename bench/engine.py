"""`make bench-engine`: measures the root-cause engine and the log miner, beside their peers, and nothing else.

What needs no data is measured in any case; `--scenarios` and `--logs` name data sets with a known truth.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import engine_measurements
import engine_tables
import log_sets
import machine
import scenario_sets
from ending import exit_code
from engine_commands import programs
from log_sets import NoLogs
from measured_process import CommandFailed
from rca_score import WrongAnswer
from report import Report, Table
from scenario_sets import NoScenarios

_ROOT = Path(__file__).resolve().parents[1]


class NotCompiled(Exception):
    """The command line could not be compiled; the compiler has said why."""


FAILURES = (CommandFailed, NoLogs, NoScenarios, NotCompiled, WrongAnswer)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-engine", description=__doc__.splitlines()[0])
    parser.add_argument("--format", choices=("text", "json"), default="text")
    add_arguments(parser)
    arguments = parser.parse_args()
    return exit_code(lambda: Report(machine.about(), measure(arguments)), arguments.format, FAILURES)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scenarios", nargs="+", type=Path, default=[], metavar="DIR", help="recorded incidents")
    parser.add_argument("--logs", nargs="+", type=Path, default=[], metavar="DIR", help="log samples")
    parser.add_argument("--cli", type=Path, metavar="FILE", help="measure this program instead of a new release")


def measure(arguments: argparse.Namespace) -> list[Table]:
    # Before the compiler takes its minutes.
    data_sets = scenario_sets.find(arguments.scenarios)
    samples = log_sets.find(arguments.logs)
    compared = programs(arguments.cli or _released_cli())
    measured = engine_measurements.measure(compared, data_sets, samples, _progress)
    return engine_tables.tables(measured, compared.missing)


def _released_cli() -> Path:
    _progress("compiling the command line for release")
    # With the environment's target directory, which cargo knows best.
    command = ["cargo", "build", "--release", "--locked", "--package", "cli", "--message-format", "json-render-diagnostics"]
    built = subprocess.run(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)
    if built.returncode != 0:
        raise NotCompiled("the command line could not be compiled")
    return _executable(built.stdout)


def _executable(messages: str) -> Path:
    for line in messages.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "nightshift":
            return Path(message["executable"])
    raise NotCompiled("cargo did not say where it put the command line")


def _progress(what: str) -> None:
    """Where a report that goes to a file does not have it."""
    print(f"  {what} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
