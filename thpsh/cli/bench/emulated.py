"""The measured work on an emulated host: whole system calls, with tracing, counters and clock."""

from __future__ import annotations

import gc
from io import StringIO
from time import perf_counter
from typing import TYPE_CHECKING, Final

from thpsh.boot import MachineSpec, boot
from thpsh.cli.bench.measure import Sample
from thpsh.cli.host_files import HostFiles
from thpsh.commands.session import Session
from thpsh.mm.exec import spawn
from thpsh.mm.exit import do_exit
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.fork import fork
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv, Map, Prot
from thpsh.mm.mmap import MapRequest, mmap, munmap
from thpsh.structs.page import GIB

if TYPE_CHECKING:
    from thpsh.machine import Machine
    from thpsh.structs.task import Task

SIZE: Final = 3 * GIB
FAULTS: Final = 200_000
COPIES: Final = SIZE // 4096 // 10
TIB: Final = 1024 * GIB


class Stage:
    """A host with a process that has 3 GiB of small pages mapped."""

    def __init__(self, *, touched: bool) -> None:
        self.machine: Machine = boot(MachineSpec())
        kernel = self.machine.kernel
        self.task: Task = spawn(kernel, "bench", kernel.tasks[1], 0)
        self.start = mmap(kernel, self.task, MapRequest(0, SIZE, Prot.READ | Prot.WRITE, Map.PRIVATE | Map.ANONYMOUS))
        madvise(kernel, self.task, self.start, SIZE, Madv.NOHUGEPAGE)
        if touched:
            self.touch(self.task)
        self.machine.finish()
        gc.collect()

    def touch(self, task: Task, pages: int = 0) -> None:
        """Write to every page, or to so many at random."""
        touch(self.machine.kernel, task, self.start, SIZE, TouchMode(random=pages))


def first_touch() -> Sample:
    """Write to 3 GiB for the first time."""
    stage = Stage(touched=False)
    faults = stage.task.min_flt
    begin = perf_counter()
    stage.touch(stage.task)
    stage.machine.finish()
    return Sample(perf_counter() - begin, stage.task.min_flt - faults)


def unmap() -> Sample:
    """Unmap 3 GiB of small pages."""
    stage = Stage(touched=True)
    begin = perf_counter()
    munmap(stage.machine.kernel, stage.task, stage.start, SIZE)
    stage.machine.finish()
    return Sample(perf_counter() - begin)


def fork_it() -> Sample:
    """Fork a process with 3 GiB of small pages."""
    stage = Stage(touched=True)
    begin = perf_counter()
    child = fork(stage.machine.kernel, stage.task, "child")
    stage.machine.finish()
    spent = perf_counter() - begin
    do_exit(stage.machine.kernel, child)
    return Sample(spent)


def random_faults() -> Sample:
    """200,000 first writes to single pages at random places of 3 GiB."""
    stage = Stage(touched=False)
    faults = stage.task.min_flt
    begin = perf_counter()
    stage.touch(stage.task, FAULTS)
    stage.machine.finish()
    return Sample(perf_counter() - begin, stage.task.min_flt - faults)


def copy_on_write() -> Sample:
    """After fork, the child writes to 10 % of the pages at random places."""
    stage = Stage(touched=True)
    child = fork(stage.machine.kernel, stage.task, "child")
    stage.machine.finish()
    faults = child.min_flt
    gc.collect()
    begin = perf_counter()
    stage.touch(child, COPIES)
    stage.machine.finish()
    return Sample(perf_counter() - begin, child.min_flt - faults)


def boot_16_tib() -> Sample:
    """Boot the largest machine."""
    gc.collect()
    begin = perf_counter()
    boot(MachineSpec(memory=16 * TIB))
    return Sample(perf_counter() - begin)


def snapshot() -> Sample:
    """Name the state of a host where a process has 64 GiB of small pages."""
    spec = MachineSpec(memory=70 * GIB, cmdline="transparent_hugepage=never")
    session = Session(boot(spec), HostFiles(), spec)
    session.execute("spawn app; mmap app buf 64G; touch app buf", StringIO(), StringIO())
    gc.collect()
    begin = perf_counter()
    session.execute("snapshot save big", StringIO(), StringIO())
    return Sample(perf_counter() - begin)
