"""debug_vm: recompute every total from first principles and compare (architecture §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import ModelBug
from thpsh.mm.buddy import block_starts, free_mask
from thpsh.mm.debug_hugetlb import check_hugetlb
from thpsh.mm.debug_ksm import check_ksm
from thpsh.mm.debug_memcg import check_memcgs
from thpsh.mm.debug_poison import check_poison
from thpsh.mm.debug_policy import check_policies
from thpsh.mm.debug_swap import check_swap, mappings_at_hand
from thpsh.mm.debug_vma import check_vmas
from thpsh.mm.frames import frames_of
from thpsh.mm.page_kind import frames_within
from thpsh.mm.page_rmap import held_otherwise
from thpsh.structs.bits import FULL, PAGES, span
from thpsh.structs.counting import add_planes
from thpsh.structs.page import MAX_ORDER, PAGEBLOCK_ORDER, MigrateType
from thpsh.structs.page_table import HugePmd, PageTable

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone

Counts = dict["Pageblock", tuple[int, int, tuple[int, ...]]]


def debug_vm(kernel: Kernel) -> int:
    """Check the whole host; raises ModelBug at the first contradiction, returns how many rules were looked at.

    A host that has stopped did so in the middle of something: half of it may be done, so nothing is looked at.
    """
    if kernel.totals.panic:
        return 0
    small: Counts = {}
    huge: dict[Pageblock, int] = {}
    tables: dict[int, str] = {}
    mms = [task.mm for task in kernel.tasks.values() if task.mm is not None]
    for mm in mms:
        _check_mm(kernel, mm, small, huge)
        _collect_tables(mm, tables)
        check_vmas(kernel, mm)
    for zone in kernel.zones:
        _check_zone(kernel, zone, small, huge)
    _check_tables(kernel, tables)
    _check_slab(kernel, mms)
    _check_pagevecs(kernel)
    check_poison(kernel, mms)
    check_swap(kernel, mms)
    check_policies(kernel, mms, mappings_at_hand(kernel, mms))
    check_hugetlb(kernel, mms)
    check_memcgs(kernel)
    check_ksm(kernel, mms)
    return 12 * len(kernel.zones) + 8 * len(mms)


def _expect(what: str, kept: object, found: object) -> None:
    if kept != found:
        raise ModelBug(f"{what}: kept {kept}, recomputed {found}")


def _check_mm(kernel: Kernel, mm: Mm, small: Counts, huge: dict[Pageblock, int]) -> None:
    """Accounts of one address space; adds its mappings to the counts of frames."""
    anon = shared = huge_pmds = page_tables = 0
    for slot, entry in mm.pmds.items():
        if isinstance(entry, HugePmd):
            huge_pmds += 1
            anon += PAGES
            huge[entry.block] = huge.get(entry.block, 0) + 1
            continue
        page_tables += 1
        _check_table(f"mm {mm.number} slot {slot:#x}", entry)
        for block, frames in frames_of(kernel, entry, entry.present & ~entry.special):
            shared += (frames & block.cached).bit_count()
            anon += (frames & ~block.cached).bit_count()
            _count(small, block, frames)
    _expect(f"mm {mm.number} anon_rss", mm.anon_rss, anon - mm.lost_anon)
    _expect(f"mm {mm.number} file_rss", mm.file_rss, shared - mm.lost_file)
    _expect(f"mm {mm.number} deposits", len(mm.deposits), huge_pmds)
    _expect(f"mm {mm.number} nr_ptes", mm.nr_ptes, page_tables)


def _check_table(where: str, table: PageTable) -> None:
    behind = table.loose
    for pages, _, shift in table.runs:
        _expect(f"{where}: pages with two frames", behind & pages, 0)
        behind |= pages
        moved = pages << shift if shift >= 0 else pages >> -shift
        _expect(f"{where}: run leaves its pageblock", moved & ~FULL or pages.bit_count() - moved.bit_count(), 0)
    _expect(f"{where}: pages with frames", behind, table.present & ~table.special)
    for name in ("writable", "dirty", "young", "special"):
        _expect(f"{where}: {name} but not present", getattr(table, name) & ~table.present, 0)
    _expect(f"{where}: writable zero page", table.writable & table.special, 0)


def _count(small: Counts, block: Pageblock, frames: int) -> None:
    once, twice, planes = small.get(block, (0, 0, ()))
    more = frames & twice
    if more:
        planes = add_planes(planes, more)
    small[block] = (once | frames, twice | frames & once, planes)


def _collect_tables(mm: Mm, tables: dict[int, str]) -> None:
    frames = [entry.pfn for entry in mm.pmds.values() if isinstance(entry, PageTable)]
    frames += [*mm.deposits, *mm.pmd_pages.values(), *mm.pud_pages.values()]
    if mm.pgd_page:
        frames.append(mm.pgd_page)
    for pfn in frames:
        if pfn in tables:
            raise ModelBug(f"page table {pfn:#x} is used twice: mm {mm.number} and {tables[pfn]}")
        tables[pfn] = f"mm {mm.number}"


def _check_tables(kernel: Kernel, tables: dict[int, str]) -> None:
    marked = 0
    for zone in kernel.zones:
        for block in zone.pageblocks.values():
            marked += block.tables.bit_count()
    _expect("page-table pages", marked, len(tables))
    for pfn in tables:
        if not kernel.block_of(pfn).tables >> (pfn & (PAGES - 1)) & 1:
            raise ModelBug(f"page table {pfn:#x} is not marked as one")


def _check_slab(kernel: Kernel, mms: list[Mm]) -> None:
    _expect("VMAs", kernel.slab.vmas, sum(len(mm.vmas) for mm in mms))
    _expect("pages of VMAs", kernel.slab.pages, sum(run[2] for run in kernel.slab.runs))
    for block, first, length in kernel.slab.runs:
        taken = span(first, first + length)
        _expect(f"pageblock {block.index:#x}: slab", block.kernel & taken, taken)


def _check_zone(kernel: Kernel, zone: Zone, small: Counts, huge: dict[Pageblock, int]) -> None:
    where = f"node {zone.node} zone {zone.kind.label}"
    used = 0
    sums = dict.fromkeys(("nr_anon_pages", "nr_mapped", "nr_file_pages", "nr_anon_transparent_hugepages"), 0)
    for block in zone.pageblocks.values():
        used += _check_block(block, small.get(block, (0, 0, ())), huge.get(block, 0))
        sums["nr_anon_pages"] += (block.once & ~block.cached).bit_count()
        sums["nr_mapped"] += (block.once & block.cached).bit_count()
        sums["nr_file_pages"] += block.cached.bit_count() + (len(block.rare.swap) if block.rare is not None else 0)
        sums["nr_anon_transparent_hugepages"] += 1 if block.huge_mapcount else 0
    for page in kernel.hugetlb.pages.values():
        sums["nr_file_pages"] += page.cached and page.block.zone is zone
    if not kernel.features.thp_gauges:
        del sums["nr_anon_pages"]  # splits made it lie
    for name, found in sums.items():
        _expect(f"{where} {name}", getattr(zone.stat, name), found)
    held = sum(last - first for first, last in zone.held)
    pcp = sum(cpu.count for cpu in zone.pcp)
    _expect(f"{where} pages", zone.managed - held, zone.free + pcp + used)
    _check_free(zone, where)
    _check_pcp(zone, where)
    _check_lru(zone, where)


def _check_block(block: Pageblock, counts: tuple[int, int, tuple[int, ...]], huge: int) -> int:
    """Masks of one pageblock; returns how many of its frames are in use."""
    where = f"pageblock {block.index:#x}"
    owned = 0
    for owner in block.owners:
        _expect(f"{where}: frames with two owners", owned & owner.mask, 0)
        owned |= owner.mask
    free = free_mask(block)
    taken = 0
    for name, mask in (
        ("free", free),
        ("pcp", block.pcp),
        ("tables", block.tables),
        ("kernel", block.kernel),
        ("owned", owned),
    ):
        _expect(f"{where}: {name} overlaps", taken & mask, 0)
        taken |= mask
    _expect(f"{where} huge_mapcount", block.huge_mapcount, huge)
    _expect(f"{where} mapcounts", (block.once, block.twice, block.planes), counts)
    _expect(f"{where}: mapped without owner", block.once & ~owned, 0)
    listed = 0
    for entry in block.lru:
        _expect(f"{where}: frames on two LRU lists", listed & entry.mask, 0)
        listed |= entry.mask
    _expect(f"{where}: on the LRU without owner", (listed | block.pagevec) & ~owned, 0)
    _expect(f"{where}: on a list and in a cache", listed & block.pagevec, 0)
    if block.huge:
        _expect(f"{where}: owner of a huge page", owned, FULL)
    idle = owned & ~(block.once | block.cached | block.pagevec | listed)
    if not block.huge:
        _expect(f"{where}: owned but unused", idle & ~held_otherwise(block), 0)
    lost = block.rare.lost if block.rare is not None else 0
    pinned = held_otherwise(block)
    if pinned:
        zone = block.zone
        pinned &= frames_within(zone.usable, block.index) & ~frames_within((*zone.reserved, *zone.held), block.index)
    return (block.tables | block.kernel | owned | lost | pinned).bit_count()


def _check_free(zone: Zone, where: str) -> None:
    """Free lists: sizes, membership, and no two buddies left unmerged."""
    free = 0
    small = [[0] * len(MigrateType) for _ in range(PAGEBLOCK_ORDER)]
    for block in zone.pageblocks.values():
        if not block.free:
            continue
        together = block_starts(free_mask(block))
        for order in range(PAGEBLOCK_ORDER):
            mine = 0
            for kind, blocks in block.free.items():
                mine |= blocks.starts[order]
                small[order][kind] += blocks.starts[order].bit_count()
                listed = block.index in zone.area.lists[order][kind].blocks
                _expect(
                    f"{where} pageblock {block.index:#x} listed at order {order}", listed, bool(blocks.starts[order])
                )
            _expect(f"{where} pageblock {block.index:#x} order {order} merged", mine, together[order])
    for order in range(MAX_ORDER):
        for kind in MigrateType:
            listed_blocks = zone.area.lists[order][kind]
            free += listed_blocks.nr << order
            if order < PAGEBLOCK_ORDER:
                _expect(f"{where} order {order} {kind.label}", listed_blocks.nr, small[order][kind])
    nine = [index for listed in zone.area.lists[PAGEBLOCK_ORDER] for index in listed.blocks]
    for index in nine:
        if index ^ 1 in nine:
            raise ModelBug(f"{where}: pageblocks {index:#x} and its buddy are both free at order 9")
    _expect(f"{where} nr_free_pages", zone.free, free)


def _check_pcp(zone: Zone, where: str) -> None:
    masks: dict[Pageblock, int] = {}
    for cpu in zone.pcp:
        for pages in cpu.lists:
            _expect(f"{where} pcp list", pages.nr, sum(run[2] for run in pages.runs))
            for block, first, length in pages.runs:
                mask = span(first, first + length)
                _expect(f"{where} pageblock {block.index:#x}: twice in pcp lists", masks.get(block, 0) & mask, 0)
                masks[block] = masks.get(block, 0) | mask
    for block in zone.pageblocks.values():
        _expect(f"{where} pageblock {block.index:#x} pcp", block.pcp, masks.pop(block, 0))
    _expect(f"{where}: pcp pages of pageblocks that are free", len(masks), 0)


def _check_lru(zone: Zone, where: str) -> None:
    for listed in zone.lruvec.lists:
        pages = 0
        previous = None
        for entry in listed.from_oldest():
            if entry.older is not previous or entry.home is not listed or entry not in entry.block.lru:
                raise ModelBug(f"{where} {listed.kind.name}: broken link at pageblock {entry.block.index:#x}")
            pages += PAGES if entry.block.huge else entry.mask.bit_count()
            previous = entry
        if listed.newest is not previous:
            raise ModelBug(f"{where} {listed.kind.name}: wrong newest entry")
        _expect(f"{where} {listed.kind.name}", listed.nr_pages, pages)


def _check_pagevecs(kernel: Kernel) -> None:
    waiting: dict[Pageblock, int] = {}
    for cpu in kernel.cpus:
        for pagevec in cpu.pagevecs:
            count = 0
            for block, mask in pagevec.entries:
                waiting[block] = waiting.get(block, 0) | mask
                count += 1 if block.huge else mask.bit_count()
            _expect(f"cpu {cpu.number} pagevec {pagevec.kind.name}", pagevec.nr, count)
    for zone in kernel.zones:
        for block in zone.pageblocks.values():
            _expect(f"pageblock {block.index:#x} pagevec", block.pagevec, waiting.get(block, 0))
