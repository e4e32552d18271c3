"""What may go wrong when a list of pages is moved."""

import pytest

from tests.mm.groups import PAGE, in_group, pages
from tests.mm.ksm.pages import mergeable, put, scan
from tests.mm.layout import place
from tests.mm.lists import small
from tests.mm.test_filemap import regular
from tests.support import START, K, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.filemap import frames_behind
from thpsh.mm.frames import frame_at
from thpsh.mm.gup import pin
from thpsh.mm.migrate import isolate_lru_pages
from thpsh.mm.migrate_pages import How, migrate_pages
from thpsh.mm.migrate_putback import putback_lru_pages
from thpsh.mm.mman import Map
from thpsh.mm.page_alloc import alloc_small
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.page import Gfp, Lru

SLOT = START >> 21


def behind(h, page):
    return frame_at(h.kernel, h.task.mm.pmds[SLOT], page)


class Supply:
    """New frames one after the other; counts them and ends after so many."""

    def __init__(self, h, most=10_000):
        self.kernel, self.left, self.used = h.kernel, most, 0

    def __call__(self, count):
        count = min(count, self.left)
        self.left -= count
        self.used += count
        return alloc_small(self.kernel, 0, count, Gfp.HIGHUSER_MOVABLE) if count else []


def migrate(h, places, supply, how=None):
    """Isolate pages and move them; what is left goes back to its lists."""
    chunks = [(block, 1 << frame) for block, frame in places if isolate_lru_pages(h.kernel, block, 1 << frame)]
    outcome = migrate_pages(h.kernel, 0, chunks, supply, how or How())
    putback_lru_pages(h.kernel, 0, outcome.left)
    debug_vm(h.kernel)
    return sum(m.bit_count() for _, m in outcome.refused), sum(m.bit_count() for _, m in outcome.left)


def listed_on(block, frame):
    return [entry.home.kind for entry in block.lru if entry.mask >> frame & 1]


def test_a_page_that_somebody_holds_is_tried_ten_times_each_with_a_new_frame_of_its_own():
    h = small()
    pin(h.kernel, h.task, START, 4 * K)
    where = behind(h, 0)
    table = h.task.mm.pmds[SLOT]
    assert table.young & 1
    supply = Supply(h)
    assert migrate(h, [where, behind(h, 1)], supply) == (0, 1)
    assert supply.used == 10 + 1
    assert behind(h, 0) == where
    assert not table.young & 1, "its entry was taken out and put back unused"
    assert table.writable & 1
    lru_add_drain_all(h.kernel)
    assert listed_on(*where) == [Lru.ACTIVE_ANON]


def test_a_page_of_a_ramfs_has_no_place_to_be_written_to_and_goes_where_nobody_looks_for_it():
    h = host()
    where = next(
        (block, frame)
        for zone in h.kernel.zones
        for block in zone.pageblocks.values()
        for owner in block.owners
        if getattr(owner.mapping, "unevictable", False)
        for frame in range(512)
        if owner.mask >> frame & 1 and listed_on(block, frame) == [Lru.INACTIVE_FILE]
    )
    supply = Supply(h)
    assert migrate(h, [where], supply) == (1, 0)
    assert supply.used == 1
    assert listed_on(*where) == [Lru.UNEVICTABLE]
    assert h.event("unevictable_pgs_culled") == 1


def test_a_page_of_ksm_is_refused_and_takes_a_frame_all_the_same():
    h = mergeable(64 * K)
    put(h, 0, [5] * 4)
    scan(h, 3)
    lru_add_drain_all(h.kernel)
    supply = Supply(h)
    assert migrate(h, [behind(h, 0)], supply) == (1, 0)
    assert supply.used == 1


@pytest.mark.parametrize(("sync", "refused"), [(True, 0), (False, 1)])
def test_a_dirty_page_of_a_file_moves_only_for_those_who_can_wait(sync, refused):
    h, file = host(), regular()
    place(h, 0, 64 * K, flags=Map.SHARED | Map.FIXED, file=file)
    h.write(0, 4 * K)
    lru_add_drain_all(h.kernel)
    where = behind(h, 0)
    assert migrate(h, [where], Supply(h), How(sync)) == (refused, 0)
    ((_, block, shift),) = frames_behind(h.kernel, file.mapping, 0, 1)
    assert ((block, shift) == where) == bool(refused)
    assert behind(h, 0) == (block, shift)


def test_a_group_must_have_room_for_the_new_frame_before_the_old_one_is_given_back():
    h, memcg = in_group(limit=16 * PAGE)
    h.write(0, 16 * PAGE)
    lru_add_drain_all(h.kernel)
    failed = memcg.res.failcnt
    places = [behind(h, page) for page in range(2)]
    supply = Supply(h)
    assert migrate(h, places, supply) == (0, 2)
    assert supply.used == 1
    assert memcg.res.failcnt > failed
    assert [behind(h, page) for page in range(2)] == places
    memcg.res.limit += PAGE
    assert migrate(h, places, supply) == (0, 0)
    assert pages(memcg) == (16, 16)


def test_pages_for_which_there_is_no_frame_are_left():
    h = small()
    places = [behind(h, page) for page in range(10)]
    assert migrate(h, places, Supply(h, 4)) == (0, 6)
    assert [behind(h, page) == places[page] for page in range(10)] == [False] * 4 + [True] * 6


def test_the_highest_page_is_the_first_to_move_where_the_caller_says_so():
    h = small()
    places = [behind(h, page) for page in range(10)]
    highest = sorted(places, key=lambda page: page[0].start_pfn + page[1])[-4:]
    assert migrate(h, places, Supply(h, 4), How(downwards=True)) == (0, 6)
    assert {page for page in places if page not in [behind(h, each) for each in range(10)]} == set(highest)
