"""split_huge_page: one huge page becomes 512 small ones in all its mappings (mm/huge_memory.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from thpsh.errors import ModelBug
from thpsh.mm.huge_memory.split_locks import refcount_locks, walk_locks
from thpsh.mm.locks import anon_vma_lock
from thpsh.mm.lru import add_page_to_lru_list
from thpsh.mm.lru_insert import lru_add_page_tail
from thpsh.mm.page_rmap import owner_of
from thpsh.mm.pgtable_deposit import withdraw
from thpsh.mm.reclaim_stat import update_page_reclaim_stat
from thpsh.structs.bits import FULL, PAGES
from thpsh.structs.counting import add_planes
from thpsh.structs.page import HPAGE_MASK, HPAGE_SHIFT, HPAGE_SIZE, PAGE_SHIFT, Lru
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import SplitReason, ThpSplit

if TYPE_CHECKING:
    from thpsh.structs.anon_vma import AnonVma
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.vma import Vma


def huge_mappings(block: Pageblock) -> list[tuple[Vma, int]]:
    """The VMAs that map a huge page by a PMD, with the address, in the order of the anon_vma list.

    While a VMA is being cut, its two halves both seem to map the page (split_vma makes aliases): one of them counts.
    """
    found = owner_of(block, 0)
    if found is None:
        return []
    owner, index = found
    anon_vma: AnonVma = owner.mapping  # type: ignore[assignment]  # huge pages are anonymous
    mappings = []
    seen = set()
    for vma in anon_vma.vmas:
        address = vma.address_of(index)
        if address is None:
            continue
        entry = vma.mm.pmds.get(address >> HPAGE_SHIFT)
        if isinstance(entry, HugePmd) and entry.block is block and vma.mm not in seen:
            seen.add(vma.mm)
            mappings.append((vma, address))
    return mappings


def split_huge_page(kernel: Kernel, block: Pageblock, reason: SplitReason, mm: Mm | None = None) -> None:
    """Split a huge page in every address space that maps it; `mm` is the one that it is split for, if it is for one."""
    mappings = huge_mappings(block)
    if not mappings or len(mappings) != block.huge_mapcount:
        _wrong_mapcount(kernel, block, len(mappings), mm)
    addresses = tuple((vma.mm.number, address) for vma, address in mappings)
    with anon_vma_lock(kernel, "split_huge_page"):
        kernel.trace.emit(ThpSplit(block.start_pfn, len(mappings), reason, addresses))
        walk_locks(kernel, mappings, "__split_huge_page_splitting")
        refcount_locks(kernel, block)
        _split_refcount(kernel, block)
        walk_locks(kernel, mappings, "__split_huge_page_map")
        for vma, address in mappings:
            _split_map(kernel, vma, address, block)
    kernel.clock.spend(kernel.cost.split)


def _wrong_mapcount(kernel: Kernel, block: Pageblock, found: int, mm: Mm | None) -> NoReturn:
    """The walk does not meet as many mappings as are counted: the kernel stops (BUG_ON).

    Before commits 5 and 25 a huge page may cross the end of a VMA. fork then copies it once with each of the two.
    """
    from thpsh.mm.bug import bug  # never on a kernel with both commits
    from thpsh.mm.current import current

    if kernel.features.vma_adjust_splits and kernel.features.devzero_private:
        raise ModelBug(f"huge page {block.start_pfn:#x}: mapcount {block.huge_mapcount}, found {found}")
    name = next((task.name for task in kernel.tasks.values() if mm is not None and task.mm is mm), current(kernel).name)
    calls = ("__split_huge_page", "split_huge_page", *(("__split_huge_page_pmd",) if mm is not None else ()))
    line = 1368 if kernel.features.thp_vm_events else 1357
    said = f"mapcount {found} page_mapcount {block.huge_mapcount}"
    bug(kernel, f"mm/huge_memory.c:{line}", name, calls, said)


def _split_refcount(kernel: Kernel, block: Pageblock) -> None:
    """Give the tails their own flags, counts and place on the LRU (__split_huge_page_refcount)."""
    kernel.own(block)
    tails = FULL ^ 1
    count = block.huge_mapcount
    waiting = block.pagevec
    block.huge = False
    block.huge_mapcount = 0
    block.once = FULL
    block.twice = FULL if count > 1 else 0
    block.planes = ()
    for _ in range(count - 2):
        block.planes = add_planes(block.planes, FULL)
    if block.referenced:
        block.referenced = FULL
    if block.mlocked:
        block.mlocked = FULL  # the tails inherit the flag, nr_mlock does not follow
    block.dirty |= tails
    stat = block.zone.stat
    kernel.own(stat)
    stat.nr_anon_transparent_hugepages -= 1
    stat.nr_anon_pages += PAGES if kernel.features.thp_gauges else 1  # #34; before, the tails were never counted
    if waiting:
        _split_waiting(kernel, block, tails)
    elif block.lru:
        _split_listed(kernel, block, tails)
    else:
        _split_isolated(kernel, block, tails)
    if not block.mlocked:
        update_page_reclaim_stat(kernel, block, tails, Lru.ACTIVE_ANON if block.active & 1 else Lru.INACTIVE_ANON)
    if not block.active & 1:
        block.active = 0


def _split_listed(kernel: Kernel, block: Pageblock, tails: int) -> None:
    """The tails stand just newer than the head, the first tail newest (lru_add_page_tail)."""
    head = block.lru[0]
    kernel.own(head)
    head.mask = 1
    lru_add_page_tail(kernel, head, tails)


def _split_isolated(kernel: Kernel, block: Pageblock, tails: int) -> None:
    """The head is in the hands of reclaim or migration: the tails go to the new end of the list it came from."""
    evictable = Lru.ACTIVE_ANON if block.active & 1 else Lru.INACTIVE_ANON
    add_page_to_lru_list(kernel, block, tails, Lru.UNEVICTABLE if block.mlocked else evictable)


def _split_waiting(kernel: Kernel, block: Pageblock, tails: int) -> None:
    """The head waits in a per-cpu cache, not yet active: so the tails go to the inactive list."""
    block.pagevec = 1
    for cpu in kernel.cpus:
        for pagevec in cpu.pagevecs:
            for place, (waiting, _) in enumerate(pagevec.entries):
                if waiting is block:
                    kernel.own(pagevec)
                    pagevec.entries[place] = (block, 1)
    add_page_to_lru_list(kernel, block, tails, Lru.INACTIVE_ANON)


def _split_map(kernel: Kernel, vma: Vma, address: int, block: Pageblock) -> None:
    """Replace a huge PMD by the deposited page table with 512 entries (__split_huge_page_map)."""
    mm = vma.mm
    slot = address >> HPAGE_SHIFT
    pmd = mm.pmds[slot]
    if not isinstance(pmd, HugePmd):
        raise ModelBug(f"no huge PMD at {address:#x}")
    table = PageTable(pfn=withdraw(kernel, mm), epoch=kernel.journal.epoch)
    table.present = FULL
    table.runs = ((FULL, block, 0),)
    table.dirty = FULL
    table.writable = FULL if pmd.writable and vma.flags & Vm.WRITE else 0
    table.young = FULL if pmd.young else 0
    mm.pmds[slot] = table
    mm.nr_ptes += 1


def split_huge_page_pmd(kernel: Kernel, mm: Mm, slot: int, reason: SplitReason) -> None:
    """Split the huge page that a slot maps; nothing where it maps none."""
    entry = mm.pmds.get(slot)
    if isinstance(entry, HugePmd):
        split_huge_page(kernel, entry.block, reason, mm)


def split_huge_page_address(kernel: Kernel, mm: Mm, address: int) -> None:
    """Split the huge page around an address that becomes a VMA boundary."""
    split_huge_page_pmd(kernel, mm, address >> HPAGE_SHIFT, SplitReason.VMA_BOUNDARY)


def _boundary(kernel: Kernel, vma: Vma, address: int) -> None:
    base = address & HPAGE_MASK
    if address != base and base >= vma.start and base + HPAGE_SIZE <= vma.end:
        split_huge_page_address(kernel, vma.mm, address)


def vma_adjust_trans_huge(
    kernel: Kernel, vma: Vma, start: int, end: int, adjust_next: int, following: Vma | None
) -> None:
    """Split the huge pages that new boundaries of a VMA, and of the next one, would cut; called before they move.

    `adjust_next` is how many pages the start of the following VMA moves up.
    """
    if not kernel.features.vma_adjust_splits or vma.anon_vma is None:
        return
    if vma.file is not None and (vma.has_ops or not kernel.features.devzero_private):
        return
    _boundary(kernel, vma, start)
    _boundary(kernel, vma, end)
    if adjust_next > 0 and following is not None:
        _boundary(kernel, following, following.start + (adjust_next << PAGE_SHIFT))
