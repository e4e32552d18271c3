"""ls: emulated folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.fs.vfs import inode

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("-l", action="store_true", help="with kind and mode")
    parser.add_argument("-d", action="store_true", help="folders themselves, not what is in them")
    parser.add_argument("-i", action="store_true", help="with inode numbers, which only folders of cgroups have here")
    parser.add_argument("-1", dest="one", action="store_true", help="one name a line, as always here")
    parser.add_argument("paths", metavar="PATH", nargs="*", default=["/"], help="emulated files and folders")


def run(call: Call) -> None:
    """List names, one a line."""
    vfs = call.session.vfs
    paths = call.option("paths") or ["/"]
    for place, path in enumerate(paths):
        folder = vfs.kind(path) == "dir" and not call.option("d")
        if len(paths) > 1 and folder:
            call.print(f"{chr(10) if place else ''}{path}:")
        for name in vfs.listdir(path) if folder else [path]:
            full = f"{path.rstrip('/')}/{name}" if folder else path
            number = (str(inode(vfs, full) or "?"),) if call.option("i") else ()
            mode = (vfs.mode(full),) if call.option("l") else ()
            call.print(" ".join((*number, *mode, name)))


COMMAND = Command(
    name="ls",
    group="Files",
    summary="list emulated folders",
    example="ls /sys/kernel/mm/transparent_hugepage",
    arguments=_arguments,
    run=run,
    hints={"paths": "path"},
)
