"""hog: take memory."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command
from thpsh.commands.outcome import say_killed
from thpsh.commands.windows import take_windows
from thpsh.errors import KernelError, UsageError
from thpsh.mm.exec import spawn
from thpsh.mm.exit import do_exit
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.mmap import MapRequest, mmap
from thpsh.mm.oom_retry import retry_after_oom
from thpsh.mm.read_file import cache_file, read_file
from thpsh.structs.page import PAGE_SIZE, page_align
from thpsh.structs.sizes import format_size, parse_size
from thpsh.structs.task import Region

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser

REGION: Final = "mem"
_INIT: Final = 1


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("size", metavar="SIZE", help="how much")
    parser.add_argument("--file", action="store_true", help="page cache: read a file of that size")


def run(call: Call) -> int:
    """Let a new process map and touch so much memory, or read a new file."""
    size = page_align(parse_size(call.option("size")))
    if size < PAGE_SIZE:
        raise UsageError(f"{call.option('size')}: expected at least 1")
    return _read(call, size) if call.option("file") else _touch(call, size)


def _free_name(taken: set[str], stem: str) -> str:
    """`hog`, or with a number where there is one already."""
    number = 1
    while (name := f"{stem}{number}" if number > 1 else stem) in taken:
        number += 1
    return name


def _touch(call: Call, size: int) -> int:
    kernel = call.kernel
    name = _free_name({task.name for task in kernel.tasks.values()}, "hog")
    task = spawn(kernel, name, kernel.tasks[_INIT], 0)
    try:
        start = mmap(kernel, task, MapRequest(kernel.totals.next_window, size))
    except KernelError:  # it has nothing to hold: it ends, and whoever started it has waited for it
        do_exit(kernel, task)
        kernel.own(kernel.tables)
        del kernel.tables.tasks[task.pid]
        raise
    take_windows(kernel, start, size)
    kernel.own(task)
    task.regions[REGION] = Region(start, size)
    report = touch(kernel, task, start, size, TouchMode())
    if not task.dead:
        call.print(f"{name} holds {format_size(size)}; `exit {name}` gives it back")
    return say_killed(call, task, report)


def _read(call: Call, size: int) -> int:
    kernel = call.kernel
    path = _free_name(set(kernel.tables.files), "/hog")
    file = cache_file(kernel, path, size)
    retry_after_oom(kernel, kernel.tasks[_INIT], partial(read_file, kernel, kernel.tasks[_INIT], file, size))
    call.print(f"{path}: {file.mapping.nr_pages} of {size // PAGE_SIZE} pages are in the page cache")
    return 0


COMMAND = Command(
    name="hog",
    group="Pressure",
    summary="take memory: a process touches SIZE, or a file is read",
    example="hog 512M",
    arguments=_arguments,
    run=run,
)
