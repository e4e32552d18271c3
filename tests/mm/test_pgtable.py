"""Page-table pages."""

from tests.support import START, M, host
from thpsh.mm.pgtable import free_pgtables, free_table_frames, pte_alloc, table_frames
from thpsh.mm.pgtable_deposit import deposit, withdraw
from thpsh.structs.mm import Mm
from thpsh.structs.page_table import PageTable

SLOT = START >> 21
GIB_SLOTS = 512


def space(h):
    return Mm(99, h.kernel.root_memcg)


def tables(h):
    return sum(zone.stat.nr_page_table_pages for zone in h.kernel.zones)


def in_use(h):
    return sum(block.tables.bit_count() for zone in h.kernel.zones for block in zone.pageblocks.values())


def test_the_first_page_of_an_address_space_needs_four_levels():
    h = host()
    mm = space(h)
    counted, used = tables(h), in_use(h)
    pte_alloc(h.kernel, h.task, mm, SLOT)
    assert in_use(h) - used == 4
    assert tables(h) - counted == 1  # nr_page_table_pages knows the lowest level only
    assert mm.nr_ptes == 1


def test_neighbours_share_the_upper_levels():
    h = host()
    mm = space(h)
    pte_alloc(h.kernel, h.task, mm, SLOT)
    used = in_use(h)
    pte_alloc(h.kernel, h.task, mm, SLOT + 1)
    assert in_use(h) - used == 1
    pte_alloc(h.kernel, h.task, mm, SLOT + GIB_SLOTS)
    assert in_use(h) - used == 3  # a PMD page and a page table


def test_a_slot_that_has_a_table_keeps_it():
    h = host()
    mm = space(h)
    first = pte_alloc(h.kernel, h.task, mm, SLOT)
    assert isinstance(first, PageTable)
    assert pte_alloc(h.kernel, h.task, mm, SLOT) is first
    assert mm.nr_ptes == 1


def test_deposited_tables_come_back_the_last_first_then_from_the_oldest_on():
    h = host()
    mm = space(h)
    frames = table_frames(h.kernel, h.task, 3)
    for pfn in frames:
        deposit(h.kernel, mm, pfn)
    assert [withdraw(h.kernel, mm) for _ in range(3)] == [frames[2], frames[0], frames[1]]
    assert mm.nr_ptes == 0


def test_frames_of_tables_are_counted_until_freed():
    h = host()
    counted = tables(h)
    frames = table_frames(h.kernel, h.task, 600)
    assert len(set(frames)) == 600
    assert tables(h) - counted == 600
    free_table_frames(h.kernel, 0, frames)
    assert tables(h) == counted


def test_a_table_goes_only_if_no_neighbour_may_use_it():
    h = host()
    mm = space(h)
    for slot in (SLOT, SLOT + 1, SLOT + 2):
        pte_alloc(h.kernel, h.task, mm, slot)
    start, end = START + 1 * M, START + 5 * M
    free_pgtables(h.kernel, 0, mm, (start, end, start, end), [])  # VMAs on both sides
    assert sorted(mm.pmds) == [SLOT, SLOT + 2]
    free_pgtables(h.kernel, 0, mm, (start, end, 0, 0), [])  # nobody left
    assert (mm.pmds, mm.nr_ptes, mm.pmd_pages, mm.pud_pages) == ({}, 0, {}, {})
