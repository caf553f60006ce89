"""Measures the root-cause engine and the log miner, beside their peers.

What needs no data is measured in any case; `--scenarios` and `--logs` name data sets with a known truth.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from engine import measurements, tables
from engine.commands import programs
from engine.measured_process import CommandFailed
from engine.rca_score import WrongAnswer
from recordings import log_sets, scenario_sets
from recordings.log_sets import NoLogs
from recordings.scenario_sets import NoScenarios
from reporting.report import Table

_ROOT = Path(__file__).resolve().parents[2]


class NotCompiled(Exception):
    """The command line could not be compiled; the compiler has said why."""


FAILURES = (CommandFailed, NoLogs, NoScenarios, NotCompiled, WrongAnswer)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scenarios", nargs="+", type=Path, default=[], metavar="DIR", help="recorded incidents")
    parser.add_argument("--logs", nargs="+", type=Path, default=[], metavar="DIR", help="log samples")
    parser.add_argument("--cli", type=Path, metavar="FILE", help="measure this program instead of a new release")


def measure(arguments: argparse.Namespace) -> list[Table]:
    # Before the compiler takes its minutes.
    data_sets = scenario_sets.find(arguments.scenarios)
    samples = log_sets.find(arguments.logs)
    compared = programs(arguments.cli or _released_cli())
    measured = measurements.measure(compared, data_sets, samples, _progress)
    return tables.tables(measured, compared.missing)


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
    """To standard error, so that a report written to a file does not hold it."""
    print(f"  {what} …", file=sys.stderr, flush=True)
