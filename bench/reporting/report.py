"""One report, as text or as JSON: tables of figures, each beside what it should reach."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Reach:
    value: float
    unit: str
    sense: Literal["at most", "at least", "exactly"]

    def is_met_by(self, measured: float) -> bool:
        if self.sense == "exactly":
            return measured == self.value
        return measured <= self.value if self.sense == "at most" else measured >= self.value

    def __str__(self) -> str:
        sign = {"at most": "≤", "at least": "≥", "exactly": "="}[self.sense]
        return f"{sign} {_number(self.value)}{_unit(self.unit)}"


@dataclass(frozen=True)
class Figure:
    """Something measured in this run, or computed from what was."""

    value: float
    unit: str = ""
    reach: Reach | None = None
    digits: int = 1

    @property
    def is_met(self) -> bool | None:
        return None if self.reach is None else self.reach.is_met_by(self.value)

    @property
    def without_mark(self) -> str:
        return f"{self.value:,.{self.digits}f}{_unit(self.unit)}"

    def __str__(self) -> str:
        return self.without_mark + {None: "", True: " ✓", False: " ✗"}[self.is_met]


Cell = str | Figure


@dataclass(frozen=True)
class Table:
    title: str
    """A few words; what has to be said besides is a note."""
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass
class Report:
    about: dict[str, str]
    """The figures of a run, and the machine that they were measured on."""
    tables: list[Table] = field(default_factory=list)

    def as_text(self) -> str:
        parts = ["\n".join(f"{name:<12} {value}" for name, value in self.about.items())]
        parts += [_table_text(table) for table in self.tables]
        parts.append(self._conclusion())
        return "\n\n".join(parts)

    def as_json(self) -> str:
        document = {"about": self.about, "tables": [_table_json(table) for table in self.tables]}
        return json.dumps(document, indent=2, ensure_ascii=False)

    def missed(self) -> list[str]:
        """Each figure that does not reach what it should."""
        return [
            f"{table.title}: {row[0]}, {heading.partition(' (')[0]}: {cell.without_mark}, should be {cell.reach}"
            for table in self.tables
            for row in table.rows
            for heading, cell in zip(table.headings, row, strict=True)
            if isinstance(cell, Figure) and cell.is_met is False
        ]

    def _conclusion(self) -> str:
        missed = self.missed()
        if not missed:
            return "Every figure reaches what it should."
        return "\n".join([f"Not reached: {len(missed)}", *(f"  ✗ {one}" for one in missed)])


def _table_text(table: Table) -> str:
    rows = [table.headings, *(tuple(str(cell) for cell in row) for row in table.rows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.headings))]
    is_number = [any(isinstance(row[column], Figure) for row in table.rows) for column in range(len(widths))]
    lines = [table.title, "─" * max(len(table.title), sum(widths) + 2 * len(widths) - 2)]
    for row in rows:
        cells = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, is_number, strict=True)
        )
        lines.append("  ".join(cells).rstrip())
    return "\n".join([*lines, *(f"  {note}" for note in table.notes)])


def _table_json(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "rows": [
            {heading: _cell_json(cell) for heading, cell in zip(table.headings, row, strict=True)} for row in table.rows
        ],
        "notes": list(table.notes),
    }


def _cell_json(cell: Cell) -> Any:
    if not isinstance(cell, Figure):
        return cell
    document: dict[str, Any] = {"value": cell.value, "unit": cell.unit}
    if cell.reach is not None:
        document |= {"should_be": str(cell.reach), "is_met": cell.is_met}
    return document


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.6g}"


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""
