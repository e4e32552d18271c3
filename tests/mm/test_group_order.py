"""The order of a group's list."""

import pytest

from tests.mm.groups import in_group
from tests.support import START, K, M, host
from thpsh.errors import ModelBug
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.group_order import settle
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.mm.lru import add_page_to_lru_tail, del_page_from_lru
from thpsh.mm.mmap import munmap
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.page import Lru
from thpsh.trace.events.huge_memory import SplitReason


def touched(h, size=4 * M):
    """The active list, with pages of a process at its new end."""
    h.write(0, size)
    lru_add_drain_all(h.kernel)
    return h.kernel.zones[-1].lruvec.lists[Lru.ACTIVE_ANON]


def test_a_host_without_groups_keeps_no_order_of_theirs_even_if_a_huge_page_is_split():
    h = host()
    h.map(4 * M)
    listed = touched(h)
    split_huge_page_pmd(h.kernel, h.task.mm, START >> 21, SplitReason.PARTIAL_ZAP)
    assert not listed.stamps


def test_entries_are_in_the_order_of_the_zone_once_somebody_asks():
    h, _ = in_group()
    listed = touched(h)
    assert not listed.stamps
    settle(h.kernel, listed)
    stamps = listed.stamps
    assert sorted(stamps, key=stamps.get) == list(listed.from_oldest())
    before = dict(stamps)
    h.write(4 * M, 4 * M)
    lru_add_drain_all(h.kernel)
    settle(h.kernel, listed)
    after = listed.stamps
    assert {entry: after[entry] for entry in before} == before
    assert sorted(after, key=after.get) == list(listed.from_oldest())
    debug_vm(h.kernel)


def test_an_entry_that_is_gone_has_no_stamp():
    h, _ = in_group()
    listed = touched(h)
    settle(h.kernel, listed)
    munmap(h.kernel, h.task, START, 4 * M)
    lru_add_drain_all(h.kernel)
    assert set(listed.stamps) == set(listed.from_oldest())
    debug_vm(h.kernel)


def test_what_is_put_to_the_old_end_is_the_oldest_of_its_group_too():
    h, _ = in_group()
    listed = touched(h, 64 * K)
    settle(h.kernel, listed)
    stamps = listed.stamps
    block = listed.newest.block
    mask = block.lru[-1].mask & -block.lru[-1].mask
    del_page_from_lru(h.kernel, block, mask)
    add_page_to_lru_tail(h.kernel, block, mask, Lru.ACTIVE_ANON)
    assert stamps[listed.oldest] == min(stamps.values())
    debug_vm(h.kernel)


def test_a_missing_stamp_is_noticed():
    h, _ = in_group()
    listed = touched(h)
    settle(h.kernel, listed)
    del listed.stamps[listed.oldest]
    with pytest.raises(ModelBug, match="stamps"):
        debug_vm(h.kernel)


def test_late_entries_are_forgotten_where_no_others_are_left():
    h, _ = in_group()
    h.enabled("always")
    listed = touched(h)
    split_huge_page_pmd(h.kernel, h.task.mm, START >> 21, SplitReason.PARTIAL_ZAP)
    late = next(iter(listed.late))
    for entry in [each for each in listed.from_oldest() if each is not late]:
        del_page_from_lru(h.kernel, entry.block, entry.mask)
    assert not listed.stamps
    del_page_from_lru(h.kernel, late.block, late.mask)
    assert not listed.late
