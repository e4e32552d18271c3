"""The seed's benchmark largepages3, in simulated time: 3 GiB written five times, with and without huge pages.

The core commit published what a machine of 2010 took. Here a process on an emulated host does the same, and the clock
of that host says how long it took.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thpsh.boot import MachineSpec, boot
from thpsh.mm.exec import spawn
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.hugetlb.pool import memory_nodes, set_max_huge_pages
from thpsh.mm.mman import Map, Prot
from thpsh.mm.mmap import MapRequest, mmap
from thpsh.record import record
from thpsh.structs.config import PROFILES
from thpsh.structs.page import GIB, HPAGE_SHIFT, PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME: Final = "largepages3"
PROFILE: Final = "vmx-2010"
SIZE: Final = 3 * GIB
TOLERANCE: Final = 0.01
STEPS: Final = {  # bytes from one store to the next
    "memset page fault": 1,
    "memset tlb miss": 1,
    "memset second tlb miss": 1,
    "random access tlb miss": PAGE_SIZE,
    "random access second": PAGE_SIZE,
}
# Microseconds of two runs of each phase, as the commit has them (fact sheet §11.2).
MEASURED: Final = {
    "hugetlbfs": ((1566023, 1566471), (453854, 453375), (453321, 453320), (41635, 41636), (41658, 41637)),
    "always": ((1566642, 1566872), (453417, 453418), (453313, 453315), (41630, 41618), (41647, 41659)),
    "never": ((2182476, 2182791), (460305, 460742), (460179, 459962), (44483, 43981), (44186, 43988)),
}


@record(frozen=True)
class Phase:
    """One phase in one mode: what it took here, and what it took in 2010."""

    mode: str
    name: str
    emulated: float  # microseconds
    real: float

    @property
    def met(self) -> bool:
        """Do the two agree?"""
        return abs(self.emulated / self.real - 1) <= TOLERANCE

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints; the target is how far the ratio may be from 1."""
        return {
            "name": f"{NAME} {self.mode}: {self.name}",
            "unit": "s",
            "emulated_s": self.emulated / 10**6,
            "real_s": self.real / 10**6,
            "ratio": self.emulated / self.real,
            "target": TOLERANCE,
            "rounds": 1,
            "met": self.met,
        }

    def line(self) -> str:
        """One row of the table."""
        off = (self.emulated / self.real - 1) * 100
        cells = f"{self.mode:<11}{self.name:<24}{self.emulated:>12.0f}{self.real:>12.0f}{off:>+9.2f} %"
        return f"{cells}  {'met' if self.met else 'MISSED'}"


def phases() -> Iterator[Phase]:
    """All phases, mode by mode, in the order of the commit."""
    for mode, measured in MEASURED.items():
        times = simulate(mode)
        for name, time, runs in zip(STEPS, times, measured, strict=True):
            yield Phase(mode, name, time, sum(runs) / len(runs))


def simulate(mode: str) -> list[float]:
    """Microseconds of simulated time that each phase takes; `hugetlbfs` or a word for transparent_hugepage=."""
    pool = mode == "hugetlbfs"
    machine = boot(MachineSpec(cmdline="" if pool else f"transparent_hugepage={mode}", cost=PROFILES[PROFILE]))
    kernel = machine.kernel
    task = spawn(kernel, NAME, kernel.tasks[1], 0)
    flags = Map.PRIVATE | Map.ANONYMOUS
    if pool:
        set_max_huge_pages(kernel, task.cpu, SIZE >> HPAGE_SHIFT, memory_nodes(kernel))
        flags |= Map.HUGETLB
    start = mmap(kernel, task, MapRequest(kernel.totals.next_window, SIZE, Prot.READ | Prot.WRITE, flags))
    machine.finish()
    times = []
    for step in STEPS.values():
        begin = kernel.clock.moment
        touch(kernel, task, start, SIZE, TouchMode(step=step))
        times.append((kernel.clock.moment - begin) / 1000)
        machine.finish()
    return times
