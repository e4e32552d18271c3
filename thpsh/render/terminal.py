"""Reports as rich tables, for terminals only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from thpsh.render.report import Report


def draw(report: Report, out: Any) -> None:
    """Print a report as a table with a rule below the names."""
    console = Console(file=out, highlight=False, soft_wrap=False)
    if report.rows:
        table = Table(box=box.SIMPLE_HEAD, title=report.title or None, title_justify="left", pad_edge=False)
        for place, name in enumerate(report.columns):
            numeric = all(isinstance(row[place], int | float) for row in report.rows)
            table.add_column(name, justify="right" if numeric else "left", overflow="fold")
        for row in report.rows:
            table.add_row(*(Text("" if value is None else str(value)) for value in row))
        console.print(table)
    for note in report.notes:
        console.print(Text(note))
