"""Twin of thpsh/mm/memcg_charge.py. Figures from memcg-usage-small, memcg-limit-exact, memcg-oom-disable."""

import pytest

from tests.mm.groups import PAGE, group, in_group, pages
from tests.support import K, M
from thpsh.mm.memcg_charge import (
    MemcgOutOfMemory,
    charge_at_once,
    charge_huge,
    charge_one,
    charge_pages,
    room_pages,
)


def test_the_first_small_page_charges_a_batch_of_32_and_so_does_the_33rd() -> None:
    h, memcg = in_group()
    h.write(0, 4 * K)
    assert pages(memcg) == (32, 1)
    h.write(4 * K, 124 * K)
    assert pages(memcg) == (32, 32)
    h.write(128 * K, 4 * K)
    assert pages(memcg) == (64, 33)


def test_unmapping_a_page_gives_it_back_and_the_stock_stays() -> None:
    h, memcg = in_group()
    h.write(0, 64 * 4 * K)
    from thpsh.mm.mmap import munmap

    munmap(h.kernel, h.task, 0x200000000000, 4 * K)
    assert pages(memcg) == (63, 63)
    assert (memcg.stat.pgpgin, memcg.stat.pgpgout) == (64, 1)


def test_a_huge_page_is_charged_exactly_and_counts_one_event() -> None:
    h, memcg = in_group()
    h.enabled("always")
    h.write(0, 4 * K)
    assert pages(memcg) == (512, 512)
    assert memcg.stat.pgpgin == 1


def test_a_huge_page_over_the_limit_becomes_small_pages() -> None:
    h, memcg = in_group(limit=3 * M)
    h.enabled("always")
    h.write(0, 4 * K)
    h.write(2 * M, 4 * K)
    assert h.slots(4 * M) == "HP"
    assert (memcg.res.usage, memcg.res.failcnt) == (2228224, 1)
    assert h.event("thp_fault_alloc") == 2
    assert h.event("thp_fault_fallback") == 0


def test_near_the_limit_every_page_tries_a_batch_first() -> None:
    h, memcg = in_group(limit=40 * PAGE)
    h.write(0, 40 * PAGE)
    assert pages(memcg) == (40, 40)
    assert memcg.res.failcnt == 8


def test_a_full_group_fails_seven_times_before_somebody_must_die() -> None:
    h, memcg = in_group(limit=512 * PAGE)
    assert charge_pages(h.kernel, h.task, memcg, 600) == 512
    with pytest.raises(MemcgOutOfMemory) as caught:
        charge_pages(h.kernel, h.task, memcg, 1)
    assert caught.value.over is memcg
    assert memcg.res.failcnt == 7


def test_after_an_oom_kill_the_charge_is_repeated_for_one_page() -> None:
    h, memcg = in_group(limit=64 * PAGE)
    h.task.charge_single = True
    assert charge_pages(h.kernel, h.task, memcg, 1) == 1
    assert pages(memcg)[0] == 1
    assert charge_pages(h.kernel, h.task, memcg, 1) == 1
    assert pages(memcg)[0] == 33


def test_the_root_takes_anything_uncounted() -> None:
    h, _ = in_group()
    root = h.kernel.root_memcg
    assert charge_pages(h.kernel, h.task, root, 1 << 30) == 1 << 30
    assert charge_huge(h.kernel, root)
    assert charge_one(h.kernel, 0, root)
    assert charge_at_once(h.kernel, root, 1 << 30)
    assert root.res.usage == 0


def test_the_group_above_refuses_for_those_below() -> None:
    h, _ = in_group()
    above = group(h, "above", limit=40 * PAGE)
    above.use_hierarchy = True
    below = group(h, "below", above)
    assert room_pages(below) == 40
    assert not charge_huge(h.kernel, below)
    assert (above.res.failcnt, below.res.failcnt) == (1, 0)
    assert below.res.max_usage == 2 * M


def test_memory_and_swap_refuse_together() -> None:
    h, memcg = in_group(limit=600 * PAGE)
    memcg.memsw.limit = 100 * PAGE
    assert not charge_at_once(h.kernel, memcg, 200)
    assert (memcg.res.usage, memcg.res.failcnt, memcg.memsw.failcnt) == (0, 0, 1)
