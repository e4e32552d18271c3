"""Pages that change between inactive and active lists."""

from tests.mm.lists import fresh
from tests.support import START, K, M
from thpsh.mm.activate import deactivate_page, mark_page_accessed
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.filemap import frames_behind
from thpsh.mm.lru import lru_position
from thpsh.mm.pagevec import lru_add_drain, lru_add_drain_all
from thpsh.mm.read_file import cache_file, read_file
from thpsh.structs.page import Lru


def test_a_use_of_an_active_page_only_sets_the_flag():
    h = fresh()
    h.map(M)
    h.write(0, 4 * K)
    lru_add_drain(h.kernel, 0)
    ((pages, block, shift),) = h.task.mm.pmds[START >> 21].runs
    frame = pages << shift if shift >= 0 else pages >> -shift
    mark_page_accessed(h.kernel, block, frame)
    mark_page_accessed(h.kernel, block, frame)
    assert block.referenced & frame
    assert h.event("pgactivate") == 0


def read(h, pages):
    """A file that is in the cache: its pageblock and frames."""
    file = cache_file(h.kernel, "/data", pages * 4 * K)
    read_file(h.kernel, h.task, file, pages * 4 * K)
    lru_add_drain_all(h.kernel)
    ((mine, block, shift),) = frames_behind(h.kernel, file.mapping, 0, (1 << pages) - 1)
    return block, mine << shift if shift >= 0 else mine >> -shift


def listed(h, kind):
    return [pfn + step for pfn, length in lru_position(h.kernel.zones[-1].lruvec.lists[kind]) for step in range(length)]


def test_the_second_use_activates_a_page_and_takes_the_flag():
    h = fresh()
    block, frames = read(h, 4)
    assert block.referenced & frames == frames
    mark_page_accessed(h.kernel, block, frames)
    assert h.event("pgactivate") == 4
    assert not block.referenced & frames
    assert len(listed(h, Lru.ACTIVE_FILE)) == 4
    debug_vm(h.kernel)


def test_clean_pages_that_age_are_the_oldest_of_the_inactive_list_and_dirty_ones_the_newest():
    h = fresh()
    block, frames = read(h, 4)
    mark_page_accessed(h.kernel, block, frames)
    lowest = frames & -frames
    block.dirty |= lowest
    deactivate_page(h.kernel, block, frames)
    first = block.start_pfn + lowest.bit_length() - 1
    order = listed(h, Lru.INACTIVE_FILE)
    assert order[-1] == first
    assert order[:3] == [first + 3, first + 2, first + 1]
    assert (h.event("pgdeactivate"), h.event("pgrotated")) == (4, 3)
    assert not (block.active | block.referenced) & frames
    block.dirty &= ~lowest
    debug_vm(h.kernel)


def test_mapped_pages_do_not_age_by_that():
    h = fresh()
    h.map(M)
    h.write(0, 4 * K)
    lru_add_drain_all(h.kernel)
    ((pages, block, shift),) = h.task.mm.pmds[START >> 21].runs
    frame = pages << shift if shift >= 0 else pages >> -shift
    deactivate_page(h.kernel, block, frame)
    assert block.active & frame
    assert h.event("pgdeactivate") == 0
