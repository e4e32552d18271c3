"""First touch of private anonymous memory in small pages (mm/memory.c: do_anonymous_page)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.content import set_tag
from thpsh.mm.frames import add, add_loose
from thpsh.mm.free_pages import free_runs
from thpsh.mm.memcg_charge import charge_pages, room_pages
from thpsh.mm.memcontrol import cancel_charge
from thpsh.mm.mempolicy import page_placement
from thpsh.mm.page_alloc import OutOfMemory, alloc_small, room_above_low
from thpsh.mm.page_rmap import new_anon_runs, set_offsets, set_owner, slot_index
from thpsh.mm.pgtable import free_table_frames, table_frames, tables_at_hand, upper_alloc
from thpsh.mm.rmap import anon_vma_prepare
from thpsh.mm.rss_stat import check_sync_rss_stat
from thpsh.mm.stack import GuardPage, check_stack_guard_page
from thpsh.structs.bits import FULL, PAGES, PREFIX, SHIFTS, SUFFIX, indices, runs, span, union
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SHIFT, Gfp
from thpsh.structs.page_table import PageTable
from thpsh.structs.vma import Vm
from thpsh.trace.events.fault import FaultKind

if TYPE_CHECKING:
    from thpsh.mm.memory.vmf import Vmf
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.mempolicy import Placement
    from thpsh.structs.page_table import Run
    from thpsh.structs.pageblock import Pageblock

USER_GFP: Final = Gfp.HIGHUSER_MOVABLE | Gfp.ZERO
_MANY_STRETCHES: Final = 8
_PMD_PAGE: Final = 512  # slots below one PMD page


def map_new_pages(vmf: Vmf, slot: int, table: PageTable, need: int, pages: list[PageRun]) -> None:
    """Map fresh anonymous pages: the lowest page of `need` gets the first of `pages`, and so on.

    The pages become present, young and, where the VMA may be written, dirty and writable.
    """
    vma = vmf.vma
    anon_vma = anon_vma_prepare(vmf.kernel, vma)
    memcg = vma.mm.memcg
    base = slot_index(vma, slot)
    stretches = runs(need)
    if len(stretches) > _MANY_STRETCHES:
        _map_scattered(vmf, base, table, need, pages)
    else:
        for start, block, first, length in _matched(stretches, pages):
            vmf.kernel.own(block)
            set_owner(block, span(first, first + length), anon_vma, memcg, base + start - first)
            add(table, span(start, start + length), block, first - start)
    new_anon_runs(vmf.kernel, vmf.task.cpu, vma, pages)
    table.young |= need
    if vma.flags & Vm.WRITE:
        table.dirty |= need
        table.writable |= need


def _matched(stretches: list[tuple[int, int]], pages: list[PageRun]) -> list[tuple[int, Pageblock, int, int]]:
    """Stretches of pages against runs of frames: (first page, pageblock, first frame, length) pieces."""
    pieces = []
    supply = iter(pages)
    block, first, left = next(supply)
    for start, length in stretches:
        while length:
            if not left:
                block, first, left = next(supply)
            step = min(length, left)
            pieces.append((start, block, first, step))
            start += step
            first += step
            length -= step
            left -= step
    return pieces


def _map_scattered(vmf: Vmf, base: int, table: PageTable, need: int, pages: list[PageRun]) -> None:
    """Map pages that lie here and there: frame by frame."""
    anon_vma = anon_vma_prepare(vmf.kernel, vmf.vma)
    places = iter(indices(need))
    pairs = []
    for block, first, length in pages:
        vmf.kernel.own(block)
        mine = [next(places) for _ in range(length)]
        pfn = (block.index << 9) + first
        pairs += [(page, pfn + i) for i, page in enumerate(mine)]
        set_offsets(block, [(first + i, base + page) for i, page in enumerate(mine)], anon_vma, vmf.mm.memcg)
    add_loose(table, pairs)


def do_anonymous_pages(vmf: Vmf, slot: int, table: PageTable, need: int) -> None:
    """Fault in empty entries of one slot: zero page for reads, fresh pages for writes."""
    kernel = vmf.kernel
    if vmf.vma.flags & Vm.GROWSDOWN and slot == vmf.vma.start >> HPAGE_SHIFT and need >> _page_of(vmf.vma.start) & 1:
        start = vmf.vma.start
        if not check_stack_guard_page(kernel, vmf.vma, start):
            raise GuardPage(start)
    kernel.own(table)
    if not vmf.write:
        table.present |= need
        table.special |= need
        table.young |= need
        vmf.took(FaultKind.ZERO, slot, need, kernel.cost.fault)
        return
    while need:
        got = fill(vmf, slot, table, need)
        kernel.own(vmf.mm)
        vmf.mm.anon_rss += got.bit_count()
        vmf.took(FaultKind.SMALL, slot, got, kernel.cost.fault + kernel.cost.clear_page, (got.bit_count(), 0))
        need ^= got


def _page_of(address: int) -> int:
    """The number of a page in its slot."""
    return address >> PAGE_SHIFT & (PAGES - 1)


def new_pages(vmf: Vmf, slot: int, need: int, gfp: int = USER_GFP) -> tuple[int, list[PageRun]]:
    """Charge and allocate fresh pages for some pages of a slot; also says for which of `need` they are, in order.

    Fewer than asked when memory, or the group's limit, is near, or when they are to come from different nodes.
    Raises OutOfMemory when there is none.
    """
    local = vmf.kernel.cpus[vmf.task.cpu].node
    need, where = page_placement(vmf.kernel, vmf.task, vmf.vma, slot, need, (local, gfp))
    return charged_pages(vmf, need, where, gfp)


def charged_pages(vmf: Vmf, need: int, where: Placement, gfp: int = USER_GFP) -> tuple[int, list[PageRun]]:
    """Charge and allocate pages of one placement: those for the lowest of `need`, and for which they are."""
    kernel, memcg = vmf.kernel, vmf.mm.memcg
    wanted = need.bit_count()
    charged = charge_pages(kernel, vmf.task, memcg, wanted)
    try:
        pages = alloc_small(kernel, vmf.task.cpu, charged, gfp, where)
    except OutOfMemory:
        cancel_charge(kernel, memcg, charged)
        raise
    count = sum(run[2] for run in pages)
    if count < charged:
        cancel_charge(kernel, memcg, charged - count)
    if count < wanted:
        need &= PREFIX[indices(need)[count]]
    return need, pages


def put_new_pages(vmf: Vmf, pages: list[PageRun]) -> None:
    """Give back pages that turned out not to be needed."""
    free_runs(vmf.kernel, vmf.task.cpu, pages)
    cancel_charge(vmf.kernel, vmf.mm.memcg, sum(run[2] for run in pages))


def fill(vmf: Vmf, slot: int, table: PageTable, need: int) -> int:
    """Map fresh pages at the lowest entries of `need`; returns those that got one, at least one."""
    need, pages = new_pages(vmf, slot, need)
    map_new_pages(vmf, slot, table, need, pages)
    return need


def do_anonymous_slots(vmf: Vmf, slot: int, count: int) -> int:
    """Write-touch whole empty slots of a VMA that does not interleave; returns how many were done.

    They are fewer where memory, or a group's limit, is near; the slot after those may have got some pages, too.

    A chunk needs no more page tables than the Unmovable lists hold: so page tables and data come from lists of
    different types, and both get the frames they would have got fault by fault.
    """
    kernel, mm, cpu = vmf.kernel, vmf.mm, vmf.task.cpu
    anon_vma_prepare(kernel, vmf.vma)
    near = kernel.cpus[cpu].node, USER_GFP
    _, where = page_placement(kernel, vmf.task, vmf.vma, slot, FULL, near)
    done = 0
    while done < count:
        first = slot + done
        number = min(count - done, _PMD_PAGE - first % _PMD_PAGE)
        if mm.memcg.parent is not None:
            number = min(number, room_pages(mm.memcg) // PAGES)
            if not number:
                return done
        upper_alloc(kernel, vmf.task, mm, first)
        number = min(number, tables_at_hand(kernel, vmf.task))
        if where.allowed is not None:  # near the end of its nodes, page tables come from others
            number = max(1, min(number, room_above_low(kernel, where, USER_GFP) // PAGES))
        tables = table_frames(kernel, vmf.task, number)
        try:
            pages = alloc_small(kernel, cpu, number * PAGES, USER_GFP, where)
        except OutOfMemory:
            free_table_frames(kernel, cpu, tables)
            raise
        got = sum(run[2] for run in pages)
        charge_pages(kernel, vmf.task, mm.memcg, got)
        needed = -(-got // PAGES)
        if needed < number:
            free_table_frames(kernel, cpu, tables[needed:])
        _map_slots(vmf, first, tables[:needed], pages)
        done += got // PAGES
        if got < number * PAGES:
            return done
    return done


def write_tag(vmf: Vmf, block: Pageblock, frames: int) -> None:
    """Note what is written to fresh frames; it is not zeros."""
    if block.tagged and block.tag != vmf.tag:
        set_tag(vmf.kernel, block, frames, vmf.tag)
    else:
        block.tag = vmf.tag
        block.tagged = union(block.tagged, frames)


def _map_slots(vmf: Vmf, slot: int, tables: list[int], pages: list[PageRun]) -> None:
    """Give each slot its page table and its share of the pages, in order."""
    kernel, vma, mm = vmf.kernel, vmf.vma, vmf.mm
    anon_vma = anon_vma_prepare(kernel, vma)
    epoch = kernel.journal.epoch
    base = slot_index(vma, slot)
    position = 0  # in pages from the start of the first slot
    mapped: list[Run] = []
    kernel.own(mm)
    pmds = mm.pmds
    number = 0
    for block, first, length in pages:
        if block.epoch != epoch:
            kernel.own(block)
        frames = FULL if length == PAGES else span(first, first + length)
        set_owner(block, frames, anon_vma, mm.memcg, base + position - first)
        if vmf.tag:
            write_tag(vmf, block, frames)
        while length:
            place = position & (PAGES - 1)
            room = PAGES - place
            if length < room:
                mapped.append((span(place, place + length), block, SHIFTS[first - place + PAGES]))
                position += length
                break
            mapped.append((SUFFIX[place], block, SHIFTS[first - place + PAGES]))
            pmds[slot + number] = PageTable(
                FULL, tuple(mapped), None, FULL, FULL, FULL, 0, None, tables[number], epoch=epoch
            )
            mapped = []
            number += 1
            position += room
            first += room
            length -= room
    rest = position & (PAGES - 1)
    if rest:
        mask = PREFIX[rest]
        pmds[slot + number] = PageTable(
            present=mask, runs=tuple(mapped), writable=mask, dirty=mask, young=mask, pfn=tables[number], epoch=epoch
        )
        number += 1
    mm.nr_ptes += number
    mm.anon_rss += position
    new_anon_runs(kernel, vmf.task.cpu, vma, pages)
    start = slot << HPAGE_SHIFT
    cost = kernel.cost.fault + kernel.cost.clear_page
    kernel.clock.spend(number * kernel.cost.page_table)
    vmf.took_range(FaultKind.SMALL, start, start + (position << PAGE_SHIFT), position, cost)
    check_sync_rss_stat(kernel, mm, position, position)
