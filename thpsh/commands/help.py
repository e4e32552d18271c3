"""help: the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands import registry
from thpsh.commands.command import GROUPS, Command
from thpsh.errors import UsageError
from thpsh.line.filters import known
from thpsh.line.filters.known import FILTERS

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("name", metavar="CMD", nargs="?", help="a command or filter")


def run(call: Call) -> None:
    """List all commands by group, or explain one."""
    name = call.option("name")
    if name is not None:
        call.out.write(about(name))
        return
    width = max(map(len, (*registry.names(), *FILTERS)))
    for group in GROUPS:
        found = [registry.find(each) for each in registry.names()]
        rows = [command for command in found if command is not None and command.group == group]
        if rows:
            call.print(group)
        for command in rows:
            call.print(f"  {command.name:<{width}} {command.summary}")
    call.print("Filters (after |, or with files)")
    for filter_name, each in FILTERS.items():
        call.print(f"  {filter_name:<{width}} {each.summary}")
    call.print("`help CMD` shows the words of a command and an example.")


def about(name: str) -> str:
    """The help text of one command or filter."""
    command = registry.find(name)
    if command is not None:
        return command.help()
    if name not in FILTERS:
        raise UsageError(f"{name!r}: no such command; `help` lists them")
    return known.about(name)


COMMAND = Command(
    name="help",
    group="Session",
    summary="list the commands, or explain one",
    example="help mmap",
    arguments=_arguments,
    run=run,
    hints={"name": "command"},
)
