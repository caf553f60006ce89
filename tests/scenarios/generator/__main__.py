"""Writes the folders anew: `python3 -m generator [NAME...]`, from `tests/scenarios`."""

import pathlib
import sys

from . import changed, herrings, hostile, loads, machines, missing, quiet  # noqa: F401
from .registry import ALL

ROOT = pathlib.Path(__file__).resolve().parent.parent

for name in sys.argv[1:] or sorted(ALL):
    ALL[name]().write(ROOT)
print(f"{len(sys.argv[1:] or ALL)} scenarios written to {ROOT}")
