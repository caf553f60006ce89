"""`make bench-engine`: measures the root-cause engine and the log miner, beside their peers, and nothing else."""

import argparse
import sys

from engine import comparison
from reporting import machine
from reporting.ending import exit_code
from reporting.report import Report


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-engine", description=__doc__)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    comparison.add_arguments(parser)
    arguments = parser.parse_args()
    return exit_code(lambda: Report(machine.about(), comparison.measure(arguments)), arguments.format, comparison.FAILURES)


if __name__ == "__main__":
    sys.exit(main())
