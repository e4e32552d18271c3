"""What a broken kernel has done to its host: states that follow from a fix taken out, not contradictions of the model.

debug_vm lets them pass (they are what that kernel did) and they are listed here. A kernel with all fixes has none.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from thpsh.mm.cgroup import all_groups
from thpsh.mm.spurious import stuck_entries
from thpsh.structs.bits import FULL, PAGES
from thpsh.structs.page import HPAGE_SHIFT, HPAGE_SIZE
from thpsh.structs.page_table import HugePmd

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task
    from thpsh.structs.zone import Zone


def damage(kernel: Kernel) -> list[str]:
    """All of it, a sentence each."""
    found = []
    for task in kernel.tasks.values():
        found += _of_task(task)
    return found + charge_damage(kernel)


def _of_task(task: Task) -> list[str]:
    """Huge pages across the ends of VMAs (before commits 5 and 25), pages that fault for ever (before 5)."""
    mm = task.mm
    if mm is None:
        return []
    found = []
    for slot, entry in mm.pmds.items():
        base = slot << HPAGE_SHIFT
        vma = mm.vma_at(base)
        if isinstance(entry, HugePmd) and (vma is None or vma.end < base + HPAGE_SIZE):
            end = "lies outside of any VMA" if vma is None else f"crosses the end of a VMA at {vma.end:#x}"
            found.append(f"{task.name}: the huge page at {base:#x} {end}")
    pages = sum(stuck_entries(mm, slot).bit_count() for slot in mm.stuck)
    if pages:
        found.append(f"{task.name}: {pages} pages may be used by their VMA, not by their entries")
    return found


def charge_damage(kernel: Kernel) -> list[str]:
    """Charges without a page (before commit 14), and Used bits that nobody cleared (before 16)."""
    found = [
        f"{memcg.path}: {memcg.leaked * 4} kB stay charged that no page has"
        for memcg in sorted(all_groups(kernel), key=lambda memcg: memcg.path)
        if memcg.leaked
    ]
    stale = sum(_stale_bits(zone, index) for zone in kernel.zones for index in zone.stale_used)
    return [*found, f"{stale} Used bits are left on free pages"] if stale else found


def _stale_bits(zone: Zone, index: int) -> int:
    """How many of the 511 bits of a pageblock are on pages without a user; one that is free has no object."""
    block = zone.pageblocks.get(index)
    if block is None:
        return PAGES - 1
    return (
        (FULL ^ 1) & ~(reduce(or_, (owner.mask for owner in block.owners), block.kernel | block.tables))
    ).bit_count()
