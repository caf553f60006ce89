"""`make chaos`: as many incidents as asked for, with the faults of a seed."""

import argparse
import secrets
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from campaign import run  # noqa: E402
from report import text  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--incidents", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=8, help="incidents that live side by side")
    parser.add_argument("--seed", type=int, default=None, help="the same seed draws the same faults")
    arguments = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if arguments.seed is None else arguments.seed
    print(f"seed {seed} (SEED={seed} repeats it), {arguments.incidents} incidents, {arguments.at_once} at once", flush=True)
    report = run(seed, arguments.incidents, arguments.at_once, lambda line: print(line, flush=True))
    print(text(report))
    return 0 if report.has_passed else 1


if __name__ == "__main__":
    sys.exit(main())
