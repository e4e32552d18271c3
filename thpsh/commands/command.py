"""Command: what a file of this folder exports, and the parser of its words."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn

from thpsh.errors import UsageError
from thpsh.record import field, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.commands.call import Call

_NEGATIVE: Final = re.compile(r"-[0-9]")
WIDTH: Final = 80
GROUPS: Final = ("Machine", "Files", "Processes", "Memory", "Pressure", "Views", "Session", "Scenario", "Learning")


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Help in 80 columns; asking the terminal for its width would cost 5 ms at every start."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=WIDTH)


class CommandParser(argparse.ArgumentParser):
    """An argument parser that raises instead of leaving or printing."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._negative_number_matcher = _NEGATIVE  # -5s is a bad duration, not an unknown option

    def error(self, message: str) -> NoReturn:
        """Refuse the words: a command says its usage, the program `--help`."""
        from thpsh.commands.refusal import refusal

        usage = f"see {self.prog} --help" if self.add_help else self.format_usage()
        raise UsageError(f"{self.prog}: {refusal(message, usage)}")


@record(frozen=True)
class Command:
    """One command: its words, what it does, a line that works, and how to run it."""

    name: str
    group: str
    summary: str
    example: str  # works on a host with a process `app` and its region `buf`, as `help` says
    arguments: Callable[[CommandParser], None]
    run: Callable[[Call], int | None]
    hints: dict[str, str] = field(default_factory=dict)  # argument -> kind of word, for completion
    raw: bool = False  # takes its words as they are, without a parser
    usage: tuple[str, ...] = ()  # its words in each form, where a parser cannot say them
    details: str = ""  # what `help` adds to the summary

    def parser(self) -> CommandParser:
        """The parser of its words."""
        parser = CommandParser(
            prog=self.name, description=f"{self.summary}\n\n{self.details}".strip(), add_help=False, allow_abbrev=False,
            formatter_class=Formatter, usage="\n       ".join(self.usage) or None,
        )  # fmt: skip
        self.arguments(parser)
        return parser

    def help(self) -> str:
        """Usage, what it does, its words, an example."""
        return f"{self.parser().format_help().rstrip()}\n\nexample: {self.example}\n"


def no_arguments(parser: CommandParser) -> None:
    """For commands without words of their own."""


def range_arguments(parser: CommandParser) -> None:
    """A range of a process: PROC ADDR [LEN]."""
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument("addr", metavar="ADDR", help="where")
    parser.add_argument("len", metavar="LEN", nargs="?", help="how much (default: the rest of the region)")


def json_argument(parser: CommandParser) -> None:
    """The switch of every view that shows data."""
    parser.add_argument("--json", action="store_true", help="print the data as JSON")
    parser.add_argument("--svg", metavar="FILE", help="draw it into a file of the real host, for slides")
