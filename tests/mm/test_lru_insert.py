"""Pages that come to a place between others."""

from tests.mm.groups import in_group
from tests.mm.lists import active, fresh
from tests.support import START, K, M
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.isolate import isolate_lru_pages
from thpsh.mm.lru import lru_position
from thpsh.mm.lru_insert import lru_add_after_commit
from thpsh.mm.pagevec import lru_add_drain
from thpsh.structs.bits import indices
from thpsh.structs.page import Lru


def test_a_page_charged_late_becomes_the_newest_of_its_group_and_keeps_its_place_in_the_zone():
    h, memcg = in_group()
    h.write(0, 16 * K)
    lru_add_drain(h.kernel, 0)
    zone = h.kernel.zones[-1]
    order = [pfn + i for pfn, n in lru_position(active(h.kernel)) for i in range(n)]
    oldest, second, third, fourth = order[-4:]
    size = active(h.kernel).nr_pages
    lru_add_after_commit(h.kernel, h.kernel.block_of(oldest), oldest % 512)
    lru_add_after_commit(h.kernel, h.kernel.block_of(third), third % 512)
    assert [pfn + i for pfn, n in lru_position(active(h.kernel)) for i in range(n)] == order
    assert active(h.kernel).nr_pages == size
    debug_vm(h.kernel)
    batch = isolate_lru_pages(h.kernel, zone, memcg, Lru.ACTIVE_ANON, 4)
    assert [taken.block.start_pfn + frame for taken in batch for frame in indices(taken.frames)] == [
        second, fourth, oldest, third,
    ]  # fmt: skip


def test_a_page_that_still_waits_in_the_cache_stays_there():
    h = fresh()
    h.map(M)
    h.write(0, 4 * K)
    ((pages, block, shift),) = h.task.mm.pmds[START >> 21].runs
    frame = (pages << shift if shift >= 0 else pages >> -shift).bit_length() - 1
    before = lru_position(active(h.kernel))
    lru_add_after_commit(h.kernel, block, frame)
    assert lru_position(active(h.kernel)) == before
