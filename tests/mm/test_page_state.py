import pytest

from tests.support import K, host
from thpsh.mm.page_flags import rare_flags
from thpsh.mm.page_state import act_on, list_of, on_lru, references, state_of
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.page import Lru


@pytest.fixture
def page():
    """A small page on the LRU, written once: the host, its pageblock and frame."""
    h = host(cmdline="transparent_hugepage=never")
    vma = h.map(64 * K)
    h.write(0, 4 * K)
    lru_add_drain_all(h.kernel)
    pages, block, shift = vma.mm.pmds[vma.start >> 21].runs[0]
    assert pages == 1
    return h, block, shift


def test_a_page_on_a_list_is_named_by_whether_it_is_dirty(page):
    _, block, frame = page
    assert list_of(block, frame) is Lru.ACTIVE_ANON
    assert state_of(block, frame) == "clean LRU"
    block.dirty |= 1 << frame
    assert state_of(block, frame) == "LRU"


def test_what_is_on_no_list_is_unknown_and_nothing_can_be_done(page):
    h, block, frame = page
    assert act_on(h.kernel, 0, block, frame, "LRU") == "Recovered"
    assert not on_lru(block, frame)
    assert not block.active >> frame & 1
    assert state_of(block, frame) == "unknown page state"
    assert act_on(h.kernel, 0, block, frame, "unknown page state") == "Failed"


def test_a_dirty_page_of_the_swap_cache_waits_for_its_owner(page):
    h, block, frame = page
    rare_flags(h.kernel, block).swap[frame] = 0
    block.dirty |= 1 << frame
    assert state_of(block, frame) == "swapcache"
    assert act_on(h.kernel, 0, block, frame, "swapcache") == "Delayed"
    assert not block.dirty >> frame & 1


def test_users_are_mappings_pins_and_caches(page):
    h, block, frame = page
    assert references(block, frame) == 1
    rare_flags(h.kernel, block).pins[frame] = 2
    block.pagevec |= 1 << frame
    assert references(block, frame) == 4
