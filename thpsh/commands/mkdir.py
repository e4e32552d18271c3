"""mkdir: make cgroups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.fs.directories import mkdir

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("paths", metavar="DIR", nargs="+", help="folders below /cgroup")


def run(call: Call) -> None:
    """Make folders, in order; the first that cannot be made ends it."""
    for path in call.option("paths"):
        mkdir(call.session.vfs, path)


COMMAND = Command(
    name="mkdir",
    group="Files",
    summary="make a cgroup: a folder below /cgroup",
    example="mkdir /cgroup/web",
    arguments=_arguments,
    run=run,
    hints={"paths": "path"},
)
