"""sysctl: read and set /proc/sys by dotted name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.errors import UsageError

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


_ROOT = "/proc/sys/"


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("-w", action="store_true", help="allowed before NAME=VALUE, as of old")
    parser.add_argument("-n", action="store_true", help="values only")
    parser.add_argument("-a", action="store_true", help="all of them")
    parser.add_argument("settings", metavar="NAME[=VALUE]", nargs="*", help="vm.min_free_kbytes, vm.swappiness=10")


def run(call: Call) -> None:
    """Print or set values; -a passes over what can only be written."""
    vfs = call.session.vfs
    settings = list(call.option("settings"))
    if call.option("a"):
        paths = [path for path in vfs.glob(f"{_ROOT}*/*") if vfs.kind(path) == "file" and vfs.mode(path)[1] == "r"]
        settings += [path[len(_ROOT) :].replace("/", ".") for path in paths]
    if not settings:
        raise UsageError("expected NAME, NAME=VALUE or -a")
    for setting in settings:
        name, equals, value = setting.partition("=")
        path = _ROOT + name.replace(".", "/")
        if equals:
            call.kernel.clock.spend(call.kernel.cost.file_access)
            vfs.write(path, f"{value}\n")
        else:
            value = call.read(path).rstrip("\n")
        call.print(value if call.option("n") else f"{name} = {value}")


COMMAND = Command(
    name="sysctl",
    group="Files",
    summary="print or set a value of /proc/sys",
    example="sysctl vm.min_free_kbytes",
    arguments=_arguments,
    run=run,
    hints={"settings": "sysctl"},
)
