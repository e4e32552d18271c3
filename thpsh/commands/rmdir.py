"""rmdir: remove cgroups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.fs.directories import rmdir

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("paths", metavar="DIR", nargs="+", help="cgroups without processes and groups in them")


def run(call: Call) -> None:
    """Remove folders, in order; what is still charged to a group goes to the one above."""
    for path in call.option("paths"):
        rmdir(call.session.vfs, path)


COMMAND = Command(
    name="rmdir",
    group="Files",
    summary="remove a cgroup",
    example="mkdir /cgroup/web; rmdir /cgroup/web",
    arguments=_arguments,
    run=run,
    hints={"paths": "path"},
)
