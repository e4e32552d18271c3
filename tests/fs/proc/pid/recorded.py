"""The process of the recordings proc-smaps and proc-status, brought to the same state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.mm.layout import FIXED, RW, R
from tests.support import START, Host, K, M, host
from thpsh.fs.vfs import Vfs
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.madvise import madvise
from thpsh.mm.mmap import MapRequest, mmap
from thpsh.mm.mprotect import mprotect

if TYPE_CHECKING:
    from thpsh.structs.task import Task


SECOND = 0x200100000000
HUGEPAGE = 14


def smaps_process() -> Host:
    """As in proc-smaps before its fork: one huge page, one split by mprotect, four pages written and four read."""
    app = host(memory=2048 * M)
    app.enabled("madvise")
    kernel, task = app.kernel, app.task
    mmap(kernel, task, MapRequest(START, 6 * M, RW, FIXED))
    madvise(kernel, task, START, 6 * M, HUGEPAGE)
    write(app, START, 4 * K)
    write(app, START + 2 * M, 4 * K)
    mprotect(kernel, task, START + 2 * M, 4 * K, R)
    mmap(kernel, task, MapRequest(SECOND, 2 * M, RW, FIXED))
    write(app, SECOND, 16 * K)
    touch(kernel, task, SECOND + 16 * K, 16 * K, TouchMode(write=False))
    return app


def write(app: Host, address: int, size: int, task: Task | None = None) -> None:
    """Write to memory at an address."""
    touch(app.kernel, task or app.task, address, size, TouchMode(write=True))


def read(app: Host, name: str) -> str:
    """A file of the process."""
    return Vfs(app.machine).read(f"/proc/{app.task.pid}/{name}")


def blocks(smaps: str, first: int, last: int) -> str:
    """The part of smaps on VMAs in a range."""
    kept, inside = [], False
    for line in smaps.splitlines():
        if "-" in line.split()[0] and not line.split()[0].endswith(":"):
            inside = first <= int(line.split("-")[0], 16) < last
        if inside:
            kept.append(line)
    return "\n".join(kept)
