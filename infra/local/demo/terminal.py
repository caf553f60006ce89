"""Lines in a terminal: their width, their colours, and that each is shown at once."""

import os
import re
import sys
import textwrap

WIDTH = 100
_LABEL = 10
_INDENT = _LABEL + 4


class Terminal:
    def __init__(self, *, quiet: bool = False):
        self._quiet = quiet
        self._coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def line(self, text: str = "") -> None:
        if not self._quiet:
            # Flushed: it is read while it happens, also through a pipe.
            print(text, flush=True)

    def labelled(self, label: str, text: str, most_lines: int | None = None) -> None:
        """Wrapped, and cut after `most_lines`."""
        # A number stays with its unit, and a name with hyphens in one piece.
        text = re.sub(r"(?<=\d) (?=s\b)", "\N{NO-BREAK SPACE}", text)
        wrapped = textwrap.wrap(text, WIDTH - _INDENT, max_lines=most_lines, placeholder=" …", break_on_hyphens=False)
        lines = [line.replace("\N{NO-BREAK SPACE}", " ") for line in wrapped] or [""]
        self.line(f"  {self.dim(label.ljust(_LABEL))}  {lines[0]}")
        for line in lines[1:]:
            self.line(f"  {' ' * _LABEL}  {line}")

    def beside(self, text: str) -> None:
        """Below a labelled line, as a record of it."""
        for line in textwrap.wrap(text, WIDTH - _INDENT - 2):
            self.line(f"  {' ' * _LABEL}    {self.dim('│')} {line}")

    def heading(self, text: str) -> None:
        self.line()
        self.line(self.bold(text))

    def rule(self) -> None:
        self.line(self.dim("─" * WIDTH))

    def mark(self, is_good: bool) -> str:
        return self._style("32", "✓") if is_good else self._style("31", "✗")

    def bold(self, text: str) -> str:
        return self._style("1", text)

    def dim(self, text: str) -> str:
        return self._style("2", text)

    def _style(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._coloured and text else text
