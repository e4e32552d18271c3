"""What khugepaged costs: collapsing 3 GiB, and one round among many processes."""

from __future__ import annotations

import ctypes
import gc
import mmap
from time import perf_counter
from typing import TYPE_CHECKING, Final

from thpsh.boot import MachineSpec, boot
from thpsh.cli.bench.emulated import SIZE
from thpsh.cli.bench.measure import Sample
from thpsh.errors import ModelBug
from thpsh.mm.exec import spawn
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.fork import fork
from thpsh.mm.huge_memory.mm_slot import register
from thpsh.mm.huge_memory.scan import khugepaged_do_scan
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv, Map, Prot
from thpsh.mm.mmap import MapRequest
from thpsh.mm.mmap import mmap as do_mmap
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.kernel import FIRST_WINDOW, WINDOW
from thpsh.structs.page import GIB, HPAGE_SIZE, MIB, PAGE_SIZE

if TYPE_CHECKING:
    from thpsh.machine import Machine

MANY: Final = 10_000
FEW: Final = 1_000
VMAS: Final = 20
_MADV_COLLAPSE: Final = 25  # Linux 6.1
_ROUNDS: Final = 50
_ANONYMOUS: Final = Map.PRIVATE | Map.ANONYMOUS
_READ_WRITE: Final = Prot.READ | Prot.WRITE


def collapse() -> Sample:
    """Khugepaged makes huge pages of 3 GiB of small ones, with a budget large enough for one round."""
    machine = boot(MachineSpec(cmdline="transparent_hugepage=madvise"))
    kernel = machine.kernel
    task = spawn(kernel, "bench", kernel.tasks[1], 0)
    start = do_mmap(kernel, task, MapRequest(0, SIZE + HPAGE_SIZE, _READ_WRITE, _ANONYMOUS))
    start = (start + HPAGE_SIZE - 1) & -HPAGE_SIZE
    touch(kernel, task, start, SIZE, TouchMode())
    madvise(kernel, task, start, SIZE, Madv.HUGEPAGE)
    lru_add_drain_all(kernel)
    assert task.mm is not None
    register(kernel, task.mm)
    kernel.khugepaged.pages_to_scan = SIZE // PAGE_SIZE * 2
    gc.collect()
    begin = perf_counter()
    khugepaged_do_scan(kernel)
    spent = perf_counter() - begin
    if kernel.khugepaged.pages_collapsed != SIZE // HPAGE_SIZE:
        raise ModelBug(f"{kernel.khugepaged.pages_collapsed} huge pages instead of {SIZE // HPAGE_SIZE}")
    return Sample(spent)


def collapse_here() -> Sample:
    """MADV_COLLAPSE of 3 GiB of small pages; not a number where the kernel here refuses it (before Linux 6.1)."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    with mmap.mmap(-1, SIZE + HPAGE_SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        view = ctypes.c_char.from_buffer(memory)
        start = (ctypes.addressof(view) + HPAGE_SIZE - 1) & -HPAGE_SIZE
        libc.madvise(start, SIZE, mmap.MADV_NOHUGEPAGE)
        ctypes.memset(start, 1, SIZE)
        libc.madvise(start, SIZE, mmap.MADV_HUGEPAGE)
        begin = perf_counter()
        refused = libc.madvise(start, SIZE, _MADV_COLLAPSE)
        spent = perf_counter() - begin
        del view
    return Sample(float("nan") if refused else spent)


def crowd(processes: int) -> Machine:
    """A host with so many processes, each with 20 VMAs, all registered with khugepaged: a server and its forks."""
    machine = boot(MachineSpec(memory=64 * GIB))
    kernel = machine.kernel
    server = spawn(kernel, "p0", kernel.tasks[1], 0)
    mm = server.mm
    assert mm is not None
    while len(mm.vmas) < VMAS:
        place = FIRST_WINDOW + len(mm.vmas) * WINDOW
        do_mmap(kernel, server, MapRequest(place, 4 * MIB, _READ_WRITE, _ANONYMOUS | Map.FIXED))
    register(kernel, mm)
    for number in range(1, processes):
        fork(kernel, server, f"p{number}")
    machine.finish()
    return machine


def boot_crowd() -> Sample:
    """Boot, and fork a server until there are 10,000 processes with 20 VMAs each."""
    gc.collect()
    begin = perf_counter()
    crowd(MANY)
    return Sample(perf_counter() - begin)


def round_among(processes: int) -> Sample:
    """One round of khugepaged among so many processes: the mean of many."""
    kernel = crowd(processes).kernel
    gc.collect()
    begin = perf_counter()
    for _ in range(_ROUNDS):
        khugepaged_do_scan(kernel)
    return Sample((perf_counter() - begin) / _ROUNDS)


def round_among_many() -> Sample:
    """One round among 10,000 processes."""
    return round_among(MANY)


def round_among_few() -> Sample:
    """One round among 1,000 processes."""
    return round_among(FEW)
