"""spawn: start a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.commands.node_words import cpu_of_node
from thpsh.commands.words import check_name, living_task
from thpsh.errors import UsageError
from thpsh.fs.directories import group_at
from thpsh.mm.exec import spawn

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the name it gets")
    parser.add_argument("--node", metavar="N", type=int, help="run on a CPU of this node")
    parser.add_argument("--cgroup", metavar="PATH", help="the cgroup it starts in (default its parent's)")
    parser.add_argument("--parent", metavar="P", help="the process that starts it (default init)")


def run(call: Call) -> None:
    """Start a process: fork and exec."""
    name = check_name(call.option("name"), "process")
    kernel = call.kernel
    if any(task.name == name and not task.dead for task in kernel.tasks.values()):
        raise UsageError(f"{name!r}: there is a process of that name")
    cpu = 0
    node = call.option("node")
    if node is not None:
        cpu = cpu_of_node(kernel, node)
    parent = living_task(kernel, call.option("parent") or "init")
    path = call.option("cgroup")
    group = group_at(call.session.vfs, path) if path is not None else None
    task = spawn(kernel, name, parent, cpu, memcg=group)
    call.print(f"{name}: pid {task.pid}")


COMMAND = Command(
    name="spawn",
    group="Processes",
    summary="start a process",
    example="spawn web",
    arguments=_arguments,
    run=run,
    hints={"parent": "proc"},
)
