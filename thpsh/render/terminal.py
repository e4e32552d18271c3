"""Reports as rich tables, for terminals only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from thpsh.render.report import Report, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDE, NARROW = 2, 1  # blanks between two columns
FOLDED: Final = 40  # a last column of words is not folded narrower than this


def draw(report: Report, out: Any) -> None:
    """Print a report as a table with a rule below the names; as plain text where the terminal is too narrow for one."""
    console = Console(file=out, highlight=False, soft_wrap=False)
    cells = [tuple("" if value is None else str(value) for value in row) for row in report.rows]
    broken = tuple(name.replace("_", "_\n") for name in report.columns)
    for names, gap in ((report.columns, WIDE), (report.columns, NARROW), (broken, WIDE)):
        if _width(report, names, cells, gap) <= console.width:
            break
    else:
        slim = _without_zeros(report)
        if len(slim.columns) < len(report.columns):
            draw(slim, out)
        else:
            out.write(plain(report))
        return
    if cells and report.title:  # rich would fold the title of a table to the table's width
        console.print(Text(report.title, style="italic"))
    if cells:
        console.print(_table(report, names, cells, gap))
    if cells and report.unit:
        console.print(Text(report.unit, style="dim"))
    for note in report.notes:
        console.print(Text(note))


def _without_zeros(report: Report) -> Report:
    """A report without the columns in which every number is zero; a note names them."""
    places = range(len(report.columns))
    empty = [place for place in places if report.rows and not any(row[place] for row in report.rows)]
    kept = [place for place in places if place not in empty]
    rows = [tuple(row[place] for place in kept) for row in report.rows]
    left_out = f"all zero, left out: {', '.join(report.columns[place] for place in empty)}"
    return Report(
        tuple(report.columns[place] for place in kept), rows, (*report.notes, left_out), report.title, report.unit
    )


def _width(report: Report, names: Sequence[str], cells: Sequence[Sequence[str]], gap: int) -> int:
    """Columns of the terminal that a table takes at least; only words are folded, and only in the last column."""
    widths = [max(len(line) for line in name.split("\n")) for name in names]
    for row in cells:
        widths = [max(width, len(cell)) for width, cell in zip(widths, row, strict=True)]
    last = widths[-1] + gap - 1 if _numeric(report, len(widths) - 1) else min(widths[-1], FOLDED)
    return sum(widths[:-1]) + gap * (len(widths) - 1) + last


def _numeric(report: Report, place: int) -> bool:
    return all(isinstance(row[place], int | float) for row in report.rows)


def _table(report: Report, names: Sequence[str], cells: Sequence[Sequence[str]], gap: int) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, gap - 1, 0, 0),
    )
    for place, name in enumerate(names):
        last = place == len(names) - 1
        table.add_column(
            name, justify="right" if _numeric(report, place) else "left", overflow="fold", no_wrap=not last
        )
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    return table
