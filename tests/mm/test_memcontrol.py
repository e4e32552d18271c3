"""Charges of the root group."""

from tests.support import K, M, host
from thpsh.mm.memcontrol import charge_cache, uncharge_cache, uncharge_rss
from thpsh.mm.mmap import munmap


def moved(h, names, act):
    stat = h.task.cgroup.stat
    before = [getattr(stat, name) for name in names]
    act()
    return [getattr(stat, name) - old for name, old in zip(names, before, strict=True)]


def test_small_pages_are_charged_one_by_one():
    h = host()
    h.enabled("never")
    h.map(2 * M)
    assert moved(h, ("rss", "pgpgin", "pgpgout"), lambda: h.write(0, 40 * K)) == [10, 10, 0]


def test_a_huge_page_comes_and_goes_with_one_charge():
    h = host()
    h.map(2 * M)
    assert moved(h, ("rss", "pgpgin"), lambda: h.write(0, 4 * K)) == [512, 1]
    start = 0x200000000000
    assert moved(h, ("rss", "pgpgout"), lambda: munmap(h.kernel, h.task, start, 2 * M)) == [-512, 1]


def test_cache_is_counted_apart_from_anonymous_memory():
    h = host()

    def act():
        charge_cache(h.kernel, h.task.cgroup, 32)
        uncharge_cache(h.kernel, h.task.cgroup, 2)

    assert moved(h, ("cache", "rss", "pgpgin", "pgpgout"), act) == [30, 0, 32, 2]


def test_pages_without_a_group_are_nobodys():
    h = host()

    def act():
        uncharge_rss(h.kernel, None, 5, 5)
        uncharge_cache(h.kernel, None, 5)

    assert moved(h, ("cache", "rss", "pgpgout"), act) == [0, 0, 0]
