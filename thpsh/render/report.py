"""Report: the data of a view, and how it is printed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from thpsh.record import field, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    class Sink(Protocol):
        """Where text goes."""

        def write(self, text: str, /) -> object:
            """Take some text."""


@record(frozen=True)
class Report:
    """Rows under column names; `notes` are lines below the table, shown as they are.

    `unit` tells people what the numbers count: it is shown on a terminal and in JSON, not where programs read lines.
    """

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    notes: Sequence[str] = field(default_factory=tuple)
    title: str = ""
    unit: str = ""

    def data(self) -> dict[str, Any]:
        """The report for a machine: rows as objects."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        unit = {"unit": self.unit} if self.unit else {}
        return {"rows": rows, "notes": list(self.notes), **unit}


def show(report: Report, out: Sink, *, as_json: bool = False) -> None:
    """Print a report: JSON if asked for, a rich table on a terminal, else plain text in stable order."""
    if as_json:
        out.write(json.dumps(report.data(), indent=2) + "\n")
    elif getattr(out, "isatty", lambda: False)():
        from thpsh.render.terminal import draw

        draw(report, out)
    else:
        out.write(plain(report))


def plain(report: Report) -> str:
    """A report as text: columns wide enough for their values, numbers to the right."""
    lines = []
    if report.rows:
        cells = [tuple(_cell(value) for value in row) for row in report.rows]
        widths = [max(len(line[place]) for line in (report.columns, *cells)) for place in range(len(report.columns))]
        right = [all(isinstance(row[place], int | float) for row in report.rows) for place in range(len(widths))]
        for line in (report.columns, *cells):
            parts = [
                text.rjust(width) if flush else text.ljust(width)
                for text, width, flush in zip(line, widths, right, strict=True)
            ]
            lines.append("  ".join(parts).rstrip())
    lines += report.notes
    return "".join(f"{line}\n" for line in lines)


def _cell(value: object) -> str:
    return "" if value is None else str(value)
