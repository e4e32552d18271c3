"""Tables on a terminal of 80 columns, the narrowest that people use."""

import io
import re

import pytest
from rich.console import Console

from tests.commands.typed import Typed, with_app
from thpsh.commands import registry
from thpsh.render.report import Report
from thpsh.render.terminal import draw

VIEWS = (
    "maps app", "slots app buf", "pagetable app buf", "phys", "buddy", "zones", "lru", "free", "vmstat 1 2", "numastat",
    "stat", "khugepaged", "khugepaged app", "memcg", "latency", "tlb app", "ps",
)  # fmt: skip


class Screen(io.StringIO):
    """A terminal; what is printed on it stays as text."""

    def isatty(self):
        return True

    @property
    def lines(self):
        """What one sees, without colours."""
        return [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in self.getvalue().splitlines()]


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    assert Console(file=Screen()).width == 80


def screen_of(report):
    screen = Screen()
    draw(report, screen)
    return screen.lines


def test_a_table_has_its_names_above_a_rule():
    lines = screen_of(Report(("NAME", "PAGES"), [("app", 7), ("init", 1234)]))
    assert lines[:4] == ["NAME  PAGES", "────────────", "app       7", "init   1234"]


def test_notes_follow_as_they_are():
    assert screen_of(Report(("NAME",), [("app",)], ("registered: [bold]nobody",)))[-1] == "registered: [bold]nobody"
    assert screen_of(Report(("NAME",), [], ("nothing changed",))) == ["nothing changed"]


def test_long_names_are_broken_at_their_underlines():
    columns = tuple(f"thp_fault_{place}{'x' * 5}" for place in range(6))
    lines = screen_of(Report(columns, [tuple(range(6))]))
    assert lines[0].split() == ["thp_"] * 6
    assert lines[2].split() == ["0xxxxx", "1xxxxx", "2xxxxx", "3xxxxx", "4xxxxx", "5xxxxx"]


def test_words_in_the_last_column_are_folded():
    lines = screen_of(Report(("N", "TEXT"), [(1, "x" * 200)]))
    assert max(map(len, lines)) <= 80
    assert "".join(lines).count("x") == 200


def test_columns_of_zeros_give_way_where_a_table_is_too_wide():
    columns = tuple(f"COLUMN{place}{'x' * 10}" for place in range(8))
    lines = screen_of(Report(columns, [(1, 0, 2, 0, 3, 0, 0, 0)]))
    assert lines[0].split() == [columns[0], columns[2], columns[4]]
    assert any(line.startswith("all zero, left out: COLUMN1xxxxxxxxxx, COLUMN3") for line in lines)
    assert len(screen_of(Report(columns[:3], [(1, 0, 2)]))[0].split()) == 3


def test_what_is_too_wide_for_a_table_is_plain_text():
    report = Report(("A" * 50, "TEXT"), [("a" * 50, "x" * 200)])
    assert screen_of(report)[1] == "a" * 50 + "  " + "x" * 200


@pytest.mark.parametrize("line", VIEWS)
def test_every_view_fits(line):
    typed = with_app(memory=8 << 30, cpus=2)
    typed("touch app buf; munmap app buf+1M 4K")
    screen = Screen()
    assert typed.session.execute(line, screen, screen) == 0
    assert "\x1b[1m" in screen.getvalue() or line.startswith("slots")
    assert max(map(len, screen.lines)) <= 80
    assert not any(re.fullmatch(r" {30,}\S+", each) for each in screen.lines), "a cell was folded"


def test_the_list_of_commands_fits():
    assert [line for line in Typed()("help").splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("name", registry.names())
def test_the_help_of_a_command_fits(name):
    assert [line for line in Typed()(f"help {name}").splitlines() if len(line) > 80] == []


def test_the_unit_stands_below_the_table_even_where_columns_were_left_out():
    assert screen_of(Report(("N",), [(1,)], ("note",), unit="in kB"))[-2:] == ["in kB", "note"]
    assert screen_of(Report(("N",), [], ("none",), unit="in kB")) == ["none"]
    columns = tuple(f"COLUMN{place}{'x' * 10}" for place in range(8))
    assert "in kB" in screen_of(Report(columns, [(1, 0, 2, 0, 3, 0, 0, 0)], unit="in kB"))


def test_brackets_in_a_cell_are_text_not_style():
    lines = screen_of(Report(("enabled",), [("always [madvise] never",)]))
    assert "always [madvise] never" in [line.strip() for line in lines]


def test_the_title_stands_above():
    assert screen_of(Report(("a",), [("x",)], (), title="Wider than its table"))[0] == "Wider than its table"
