#!/usr/bin/env python3
"""cvc5 as a program that reads SMT-LIB on standard input, made of the `cvc5` package, which brings a parser but no program.

`nightshift policy prove` and `policy diff` start the program that the environment variable CVC5 names. `make setup` installs
the package into .tools/cvc5; this file runs itself with that Python where its own does not have the package.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

_ROOT = Path(__file__).resolve().parents[2]
_PYTHON = _ROOT / ".tools/cvc5/bin/python"
_MISSING = f"the Python package cvc5 is not installed: run `make setup` in {_ROOT}"

try:
    import cvc5
except ImportError:
    # -I: the folder of this file and PYTHONPATH are no part of what runs there.
    if _PYTHON.exists() and Path(sys.executable) != _PYTHON:
        os.execv(_PYTHON, [str(_PYTHON), "-I", __file__, *sys.argv[1:]])
    sys.exit(_MISSING)

# What opens or closes something, or makes the next of these characters mean nothing.
_STRUCTURE = re.compile(r'["|;()]')
# Commands that print something: whoever sent them waits.
_ANSWERED = re.compile(r"\s*\((?:check-sat|get-|echo|exit)")
_RESET = re.compile(r"\s*\(\s*reset\s*\)")


def _commands(lines: TextIO) -> Iterator[str]:
    """Yields each SMT-LIB command as soon as its last parenthesis was read; a comment counts as one."""
    text, depth, quote = "", 0, ""
    for line in lines:
        text += line
        for found in _STRUCTURE.finditer(line):
            character = found.group()
            if quote:
                quote = "" if character == quote else quote
            elif character in '"|':
                quote = character
            elif character == ";":
                break
            else:
                depth += 1 if character == "(" else -1
        if depth <= 0 and not quote:
            yield text
            text, depth = "", 0


def batches(lines: TextIO) -> Iterator[str]:
    """Joins commands up to one that is answered, as the parser is slow to start. A reset stands alone."""
    batch = ""
    for command in _commands(lines):
        if _RESET.match(command):
            yield batch
            yield command
            batch = ""
            continue
        batch += command
        if _ANSWERED.match(command):
            yield batch
            batch = ""
    yield batch


class Session:
    """A solver with what was declared to it so far."""

    def __init__(self, options: dict[str, str]) -> None:
        self._options = options
        self._start()

    def _start(self) -> None:
        terms = cvc5.TermManager()
        self._solver = cvc5.Solver(terms)
        for name, value in self._options.items():
            self._solver.setOption(name, value)
        self._symbols = cvc5.SymbolManager(terms)
        self._parser = cvc5.InputParser(self._solver, self._symbols)

    def answer(self, text: str) -> str:
        """Runs commands and returns what cvc5 prints to them: nothing for most of them."""
        # The package's own `reset` leaves the parser with symbols of the solver that was.
        if _RESET.match(text):
            self._start()
            return ""
        self._parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "stdin")
        printed = ""
        while not (command := self._parser.nextCommand()).isNull():
            printed += command.invoke(self._solver, self._symbols) or ""
        # The library says why, cvc5's own program does not, and whoever started it expects the word alone.
        return re.sub(r"^unknown \(.*\)$", "unknown", printed, flags=re.MULTILINE)


def _options(arguments: list[str]) -> dict[str, str]:
    """The options of cvc5's own command line, `--name=value`. The language is always SMT-LIB here."""
    named = [one[2:].partition("=") for one in arguments if one.startswith("--") and one != "--lang"]
    return {"incremental": "true"} | {name: value or "true" for name, _, value in named}


def main() -> None:
    if "--version" in sys.argv:
        print(f"This is cvc5 version {cvc5.__version__}")
        return
    session = Session(_options(sys.argv[1:]))
    for batch in batches(sys.stdin):
        try:
            printed = session.answer(batch)
        except Exception as error:  # noqa: BLE001: cvc5 raises several types, and a solver answers instead of dying
            message = str(error).replace('"', '""').replace("\n", " ").strip()
            printed = f'(error "{message}")\n'
        sys.stdout.write(printed)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
