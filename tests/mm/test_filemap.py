"""The page cache: what a miss brings in."""

import pytest

from tests.support import host
from thpsh.mm.filemap import add_to_page_cache, cached_pages, frames_behind, in_slot, readahead, truncate
from thpsh.structs.bits import span
from thpsh.structs.page import Lru, MigrateType
from thpsh.structs.page_cache import AddressSpace, File, FileKind
from thpsh.trace.events.kmem import MmPageAlloc


def regular(pages=512):
    return File("/f", FileKind.REGULAR, "08:01", 9, AddressSpace(swap_backed=False), pages * 4096)


@pytest.mark.parametrize(
    ("pages", "page", "window"),
    [
        (512, 100, (84, 116)),  # 32 pages, half of them before the miss
        (512, 3, (0, 32)),
        (512, 511, (495, 512)),  # the next slot is not touched
        (10, 4, (0, 10)),  # the file is shorter
    ],
)
def test_readahead_takes_32_pages_around_a_miss(pages, page, window):
    h, file = host(), regular(pages)
    readahead(h.kernel, h.task, file, 0, page)
    assert cached_pages(file.mapping, 0) == span(*window)
    assert file.mapping.nr_pages == window[1] - window[0]


def test_readahead_reads_only_what_is_missing():
    h, file = host(), regular()
    add_to_page_cache(h.kernel, h.task, file.mapping, 0, span(90, 110))
    kept = frames_behind(h.kernel, file.mapping, 0, 1 << 100)
    readahead(h.kernel, h.task, file, 0, 100)
    assert file.mapping.nr_pages == 32
    assert frames_behind(h.kernel, file.mapping, 0, 1 << 100) == kept


@pytest.mark.parametrize(
    ("swap_backed", "shmem", "listed"), [(True, 3, Lru.INACTIVE_ANON), (False, 0, Lru.INACTIVE_FILE)]
)
def test_where_cache_pages_are_counted_and_listed(swap_backed, shmem, listed):
    h, mapping = host(), AddressSpace(swap_backed=swap_backed)
    stat = h.kernel.zones[-1].stat
    before = (stat.nr_file_pages, stat.nr_shmem)
    waiting = h.kernel.cpus[0].pagevecs[listed].nr
    add_to_page_cache(h.kernel, h.task, mapping, 2, 0b1011)
    assert (stat.nr_file_pages - before[0], stat.nr_shmem - before[1]) == (3, shmem)
    assert h.kernel.cpus[0].pagevecs[listed].nr - waiting == 3


def test_a_truncated_file_leaves_its_frames_to_the_caller():
    h, file = host(), regular()
    before = h.kernel.zones[-1].stat.nr_file_pages
    add_to_page_cache(h.kernel, h.task, file.mapping, 0, span(0, 5))
    add_to_page_cache(h.kernel, h.task, file.mapping, 7, span(0, 6))
    frames = truncate(h.kernel, file.mapping)
    assert sum(mask.bit_count() for _, mask in frames) == 11
    assert (file.mapping.nr_pages, cached_pages(file.mapping, 7)) == (0, 0)
    assert h.kernel.zones[-1].stat.nr_file_pages == before


def test_pages_that_leave_a_slot_are_cut_off():
    assert in_slot(1 << 510 | 1, 2) == 1 << 2
    assert in_slot(0b111, -1) == 0b11


def test_pages_of_a_ramfs_lie_where_nothing_can_be_moved():
    h = host()
    zone = h.kernel.zones[-1]
    places = {
        zone.migratetype(block.index)
        for block in zone.pageblocks.values()
        for owner in block.owners
        if getattr(owner.mapping, "unevictable", False)
    }
    assert places == {MigrateType.UNMOVABLE}


@pytest.mark.parametrize(
    ("mapping", "gfp"),
    [
        (AddressSpace(swap_backed=False), 0x201DA),
        (AddressSpace(swap_backed=True), 0x200DA),
        (AddressSpace(swap_backed=False, unevictable=True), 0x200D2),
    ],
)
def test_pages_that_a_disk_fills_are_asked_for_cold(mapping, gfp):
    h = host()
    add_to_page_cache(h.kernel, h.task, mapping, 0, span(0, 4))
    asked = [r.event.gfp for r in h.machine.trace.records if isinstance(r.event, MmPageAlloc)]
    assert asked[-1] == gfp
