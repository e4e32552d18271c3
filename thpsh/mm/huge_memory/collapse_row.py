"""Full ranges side by side, collapsed in a row: what so many calls of collapse_huge_page do (mm/huge_memory.c).

Nothing else runs during khugepaged's round, so what the calls have in common is done once. What remains of each is the
order in which pages come and go: a huge page is taken before the 512 old ones are let go, and a pageblock that one
range left can be the huge page of the next but one. The old pages leave one after the other through the LRU cache and
the per-cpu list, which keep the latest of them back. Whatever is not as simple as that takes the ordinary way, that of
`collapse`; both come to the same state.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from thpsh.mm.buddy import free_frames, free_pageblock, take_whole
from thpsh.mm.content import copy_tags
from thpsh.mm.freelist import zone_statistics
from thpsh.mm.huge_memory.policy import khugepaged_gfp
from thpsh.mm.huge_memory.row import Flow, flow, gather, joined
from thpsh.mm.lru import del_page_from_lru, forget, release_frames, unlink
from thpsh.mm.lru_stretch import add_huge_pages, unlink_blocks
from thpsh.mm.memcontrol import charge_rss, uncharge_rss
from thpsh.mm.page_alloc import zonelist
from thpsh.mm.page_rmap import slot_index
from thpsh.mm.pagevec import PAGEVEC_SIZE, empty_onto_list, wait
from thpsh.mm.pcp import free_all_cold
from thpsh.mm.watermark import huge_pages_at_hand
from thpsh.record import field, record
from thpsh.structs.bits import FULL, PAGES, shifted, span
from thpsh.structs.khugepaged import Look, Verdict
from thpsh.structs.mempolicy import Placement
from thpsh.structs.page import HPAGE_ORDER, HPAGE_SHIFT, Lru, MigrateType
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.pageblock import Owner
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import MmCollapseHugePage, MmKhugepagedScanPmd, ThpCollapseAlloc
from thpsh.trace.events.kmem import MmPageAlloc, MmPageFree

if TYPE_CHECKING:
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.anon_vma import AnonVma
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.lru import Pagevec
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.vma import Vma
    from thpsh.structs.zone import Zone

_MOVABLE: Final = MigrateType.MOVABLE
_TWO: Final = 2  # fewer ranges are no row


def collapse_row(kernel: Kernel, vma: Vma, slot: int, most: int) -> int:
    """Collapse up to so many ranges from a slot on; returns how many, 0 if they are not as simple as that."""
    table, anon_vma = vma.mm.pmds.get(slot), vma.anon_vma
    if most < _TWO or type(table) is not PageTable or not table.runs or anon_vma is None:
        return 0
    gfp = khugepaged_gfp(kernel)
    source = table.runs[0][1].zone
    target = zonelist(kernel, Placement(source.node), gfp)[0]
    most = min(most, huge_pages_at_hand(target, _MOVABLE))
    if most < _TWO or not _is_plain_host(kernel, vma) or not _is_plain_zone(kernel, source):
        return 0
    tables, runs = gather(kernel, vma, slot, most, source)
    pagevec = _pagevec(kernel)
    if not (pagevec.nr + len(tables) * (PAGES + 1)) % PAGEVEC_SIZE:
        del tables[-1:]  # its huge page would empty the LRU cache
    if len(tables) < _TWO:
        return 0
    row = _Row(kernel, vma, slot, tables, joined(runs, len(tables) * PAGES), source, target, anon_vma, pagevec)
    row.collapse(gfp)
    return len(tables)


def _pagevec(kernel: Kernel) -> Pagevec:
    """The LRU cache that khugepaged's pages go through."""
    return kernel.cpus[kernel.khugepaged.cpu].pagevecs[Lru.ACTIVE_ANON]


def _is_plain_host(kernel: Kernel, vma: Vma) -> bool:
    """Is there nothing special about the host, the process or the VMA?"""
    features, tables = kernel.features, kernel.tables
    return (
        kernel.build.numa
        and features.memcg_huge_charge
        and features.collapse_node_of_first_page
        and not (tables.lock_trace or tables.inject or kernel.keep_drained)
        and vma.policy is None
        and not vma.flags & Vm.LOCKED
        and vma.mm.memcg is kernel.root_memcg
    )


def _is_plain_zone(kernel: Kernel, zone: Zone) -> bool:
    """Does what leaves the LRU cache go to the Movable per-cpu list, and push on all that this held before?"""
    pcp = zone.pcp[kernel.khugepaged.cpu]
    return (
        pcp.count == pcp.lists[_MOVABLE].nr
        and pcp.high + PAGEVEC_SIZE < PAGES
        and not zone.stale_used
        and all(
            block.huge or (block.zone is zone and zone.migratetype(block.index) == _MOVABLE)
            for block, _ in _pagevec(kernel).entries
        )
    )


@record(eq=False)
class _Row:
    """A row being collapsed: its page tables, and the frames behind them as one run for each pageblock."""

    kernel: Kernel
    vma: Vma
    slot: int  # of the first table
    tables: list[PageTable]
    runs: list[PageRun]
    source: Zone
    target: Zone
    anon_vma: AnonVma
    pagevec: Pagevec
    fresh: list[Pageblock] = field(default_factory=list)  # the huge pages so far
    gone: list[Pageblock] = field(default_factory=list)  # old pageblocks free as a whole, still on the LRU list

    def collapse(self, gfp: int) -> None:
        """Do it."""
        kernel, runs = self.kernel, self.runs
        for changing in (self.vma.mm, self.source, self.target, self.source.stat, self.target.stat, self.pagevec):
            kernel.own(changing)
        ends = list(accumulate([run[2] for run in runs]))
        place, way = 0, Flow()
        for number, table in enumerate(self.tables):
            block = take_whole(kernel, self.target, _MOVABLE, 1)[0][0]
            if number:
                kernel.clock.spend(kernel.cost.scan_page)
            else:
                self._announce(block, gfp)
                way = self._begin()
            self._map(self.slot + number, table, block)
            while ends[place] <= way.freed[number]:
                self._free(*runs[place])
                place += 1
        self._keep_back(place, way)
        self._list()
        self._count(ends[-1] - way.waiting, gfp)

    def _announce(self, block: Pageblock, gfp: int) -> None:
        """Tell of the looks and the allocations, each kind once for all of them."""
        emit, zone, number = self.kernel.trace.emit, self.target, len(self.tables)
        mm, address = self.vma.mm.number, self.slot << HPAGE_SHIFT
        emit(MmKhugepagedScanPmd(mm, address, "", -1, number))
        emit(MmPageAlloc(zone.node, zone.kind.label, HPAGE_ORDER, number, _MOVABLE.label, block.start_pfn, gfp))
        emit(ThpCollapseAlloc(mm, address, block.start_pfn, zone.node, number))

    def _begin(self) -> Flow:
        """What was on its way before the row goes before it: the LRU cache is emptied, and so is the per-cpu list."""
        kernel, cpu, entries = self.kernel, self.kernel.khugepaged.cpu, self.pagevec.nr
        release_frames(kernel, cpu, empty_onto_list(kernel, self.pagevec))
        way = flow(self.source.pcp[cpu], entries, len(self.tables))
        free_all_cold(kernel, self.source.pcp[cpu].lists[_MOVABLE])
        return way

    def _map(self, slot: int, table: PageTable, block: Pageblock) -> None:
        """Copy what a table maps to a huge page, and map that in its place."""
        kernel, vma, mm, node = self.kernel, self.vma, self.vma.mm, self.target.node
        self.fresh.append(block)
        block.huge = True
        block.huge_mapcount = 1
        block.owners = (Owner(FULL, self.anon_vma, mm.memcg, slot_index(vma, slot)),)
        _copy_contents(kernel, table, block)
        mm.pmds[slot] = HugePmd(block, bool(vma.flags & Vm.WRITE), epoch=kernel.journal.epoch)
        mm.deposits.append(table.pfn)
        kernel.clock.spend(kernel.cost.collapse_scan)
        kernel.trace.emit(MmCollapseHugePage(mm.number, slot << HPAGE_SHIFT, block.start_pfn, node, PAGES))
        kernel.clock.spend(PAGES * kernel.cost.copy_page)

    def _free(self, block: Pageblock, first: int, length: int) -> None:
        """A run of old pages reaches the buddy lists; the object of a whole pageblock is thrown away as it is."""
        if length == PAGES:
            if len(block.lru) == 1:
                self.gone.append(block)
            else:
                for entry in block.lru:
                    unlink(self.kernel, entry)
                    entry.home.nr_pages -= entry.mask.bit_count()
            self.source.free += PAGES
            del self.source.pageblocks[block.index]
            free_pageblock(self.kernel, self.source, block.index, _MOVABLE)
            return
        mask = span(first, first + length)
        self._let_go(block, mask)
        forget(self.kernel, block, mask)
        free_frames(self.kernel, block, mask, _MOVABLE)

    def _let_go(self, block: Pageblock, mask: int) -> None:
        """Pages lose their place on the list and their mapping."""
        self.kernel.own(block)
        del_page_from_lru(self.kernel, block, mask)
        block.once ^= mask

    def _keep_back(self, place: int, way: Flow) -> None:
        """The latest old pages are still on their way: some in the LRU cache, those before them in the per-cpu list."""
        kernel = self.kernel
        held = self.source.pcp[kernel.khugepaged.cpu].lists[_MOVABLE]
        free = way.freed[-1] - sum([run[2] for run in self.runs[:place]])
        passed = free + way.held
        for block, first, length in self.runs[place:]:
            self._let_go(block, span(first, first + length))
            middle, end = (first + max(0, min(length, part)) for part in (free, passed))
            if end > first:
                forget(kernel, block, span(first, end))
            if middle > first:
                free_frames(kernel, block, span(first, middle), _MOVABLE)
            if end > middle:
                block.pcp |= span(middle, end)
                held.runs.append((block, middle, end - middle))
            if end < first + length:
                wait(self.pagevec, block, span(end, first + length), first + length - end)
            free -= length
            passed -= length
        held.nr = way.held

    def _list(self) -> None:
        """Set the LRU list right: old pageblocks leave it, new ones join it, but for the last, which waits."""
        if self.gone:
            unlink_blocks(self.kernel, self.gone)
        *listed, last = self.fresh
        add_huge_pages(self.kernel, self.target, listed)
        wait(self.pagevec, last, FULL, 1)

    def _count(self, passed: int, gfp: int) -> None:
        """What all of it adds to the accounts of zones, group, process and daemon."""
        kernel, mm, source, ranges = self.kernel, self.vma.mm, self.source, len(self.tables)
        source.pages_scanned = 0
        source.all_unreclaimable = False
        source.stat.nr_anon_pages -= PAGES * ranges
        self.target.stat.nr_anon_transparent_hugepages += ranges
        zone_statistics(kernel, (self.target, self.target), kernel.khugepaged.cpu, gfp, ranges)
        charge_rss(kernel, mm.memcg, PAGES * ranges, ranges)
        uncharge_rss(kernel, mm.memcg, PAGES * ranges, PAGES * ranges)
        mm.nr_ptes -= ranges
        slots = range(self.slot, self.slot + ranges)
        mm.looks.update(dict.fromkeys(slots, Look(Verdict.COLLAPSED, -1, source.node)))
        for slot in slots if mm.guest_young else ():
            mm.guest_young.pop(slot, None)
        kernel.own(kernel.khugepaged)
        kernel.khugepaged.pages_collapsed += ranges
        kernel.khugepaged.quiet = False
        kernel.trace.emit(MmPageFree(source.node, source.kind.label, 0, passed))


def _copy_contents(kernel: Kernel, table: PageTable, block: Pageblock) -> None:
    """A huge page gets the contents of the pages of a table, which mostly are all the same."""
    tag = table.runs[0][1].tag
    for _, source, _ in table.runs:
        if source.tagged != FULL or source.tag != tag:
            break
    else:
        block.tag, block.tagged = tag, FULL
        return
    for pages, source, shift in table.runs:
        if source.tagged:
            copy_tags(kernel, (source, shifted(pages, shift)), block, -shift)
