"""What an access costs besides its fault: the store itself, and the page walk after a TLB miss.

A walk reads one cache line for each level of page tables. Under nested paging each of these reads has an address of the
guest, which takes a walk of the host's tables first, and so does the address it ends with.

The model of a loop over memory: it begins with an empty TLB, as other programs ran before it. Stores that follow each
other closely stream, and a walk stops the stream; stores far apart wait for memory, and much of a walk hides behind
that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.mm.slot_range import slots_of
from thpsh.record import record
from thpsh.structs.bits import PAGES
from thpsh.structs.page import HPAGE_ORDER, HPAGE_SHIFT, PAGE_SIZE
from thpsh.structs.page_table import HugePmd
from thpsh.trace.events.fault import AccessLoop

if TYPE_CHECKING:
    from thpsh.structs.config import CostModel, Paging
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task

LINE: Final = 64  # bytes of a cache line
_LEVEL: Final = 9  # address bits of one level of page tables
_PS_PER_NS: Final = 1000
_PERCENT: Final = 100


class Misses(NamedTuple):
    """TLB misses of a loop, by the size of the page that was missed."""

    small: int = 0
    huge: int = 0


@record(frozen=True)
class Loop:
    """A loop over [start, end): one access every `step` bytes, or so many to pages chosen at random."""

    start: int
    end: int
    step: int
    random: int = 0

    @property
    def accesses(self) -> int:
        """How many accesses it makes."""
        return self.random or -(-(self.end - self.start) // self.step)

    @property
    def streams(self) -> bool:
        """Does it write cache line after cache line?"""
        return not self.random and self.step <= LINE


def walk_lines(levels: int, order: int) -> int:
    """Cache lines of one walk to a page of 4 KiB << order: one for each level above it."""
    return levels - order // _LEVEL


def nested_walk_lines(guest: int, host: int) -> int:
    """Cache lines of one walk in a guest, from the levels that guest and host walk."""
    return (guest + 1) * (host + 1) - 1


def reach(entries: int, order: int) -> int:
    """Bytes that so many TLB entries cover."""
    return entries * (PAGE_SIZE << order)


def walk_ps(cost: CostModel, paging: Paging, misses: Misses) -> int:
    """Picoseconds of all walks of a loop, if nothing hides them."""
    lines = misses.small * walk_lines(paging.levels, 0) + misses.huge * walk_lines(paging.levels, HPAGE_ORDER)
    return lines * cost.walk_line_ps


def misses_of(mm: Mm, paging: Paging, loop: Loop) -> Misses:
    """The TLB misses of a loop: one for each page that it comes to, and for huge pages that it comes back to."""
    huge = _huge_slots(mm, loop)
    if loop.random:
        return _random_misses(huge, paging, loop)
    step = max(loop.step, PAGE_SIZE)
    small = -(-(loop.end - loop.start) // step)
    visited = 0
    for slot in huge:
        low, high = max(loop.start, slot << HPAGE_SHIFT), min(loop.end, slot + 1 << HPAGE_SHIFT)
        inside = -(-(high - loop.start) // step) - -(-(low - loop.start) // step)
        small -= inside
        visited += inside > 0
    return Misses(small, visited)


def _huge_slots(mm: Mm, loop: Loop) -> list[int]:
    found: list[int] = []
    if mm.hugetlb:
        from thpsh.mm.hugetlb.mapped import huge_slots

        found += huge_slots(mm, loop.start, loop.end)
    if mm.deposits:
        pmds = mm.pmds
        found += [slot for slot in slots_of(mm, loop.start, loop.end) if isinstance(pmds[slot], HugePmd)]
    return found


def _random_misses(huge: list[int], paging: Paging, loop: Loop) -> Misses:
    """Every small page is new; a huge one is still in the TLB as often as the entries suffice for all of them."""
    pages = max(1, (loop.end - loop.start) // PAGE_SIZE)
    there = loop.random * min(len(huge) * PAGES, pages) // pages
    first = min(there, len(huge))
    entries = paging.tlb[1]
    again = (there - first) * (len(huge) - entries) // len(huge) if len(huge) > entries else 0
    return Misses(loop.random - there, first + again)


def spend_loop(kernel: Kernel, task: Task, loop: Loop, begin: int) -> None:
    """Let the clock pay for the accesses of a loop that began at a moment and whose faults are paid already."""
    mm = task.mm
    if mm is None or loop.end <= loop.start:
        return
    cost = kernel.cost
    misses = misses_of(mm, kernel.paging, loop)
    walks = walk_ps(cost, kernel.paging, misses)
    if loop.streams:
        accesses = (loop.end - loop.start) * cost.byte_ps
    else:
        accesses = loop.accesses * cost.store_ps
        walks = walks * (_PERCENT - cost.walk_overlap) // _PERCENT
    kernel.clock.spend((accesses + walks) // _PS_PER_NS)
    spent = (walks // _PS_PER_NS, kernel.clock.moment - begin)
    kernel.trace.emit(AccessLoop(task.pid, loop.start, loop.end - loop.start, loop.accesses, *misses, *spent))
