"""The random operations once more, with a pool of huge pages that grows, shrinks and runs dry among them."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.properties.test_journal import Announced
from tests.properties.test_operations import Operations, lengths, round_pages, starts, who
from tests.support import START, K, M
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.hugetlb.pool import memory_nodes, set_max_huge_pages
from thpsh.mm.mman import Map
from thpsh.mm.mmap import mmap, munmap
from thpsh.mm.mmap_region import MapRequest

HUGE = START + 64 * M
sizes = st.integers(1, 6).map(lambda pages: pages * 2 * M)
slots = st.integers(0, 7).map(lambda slot: HUGE + slot * 2 * M)


class HugetlbOperations(Operations):
    """Mappings of the pool lie above the others, so that both kinds last; now and then they meet."""

    @rule(pages=st.integers(0, 12))
    def resize(self, pages: int) -> None:
        set_max_huge_pages(self.kernel, 0, pages, memory_nodes(self.kernel))

    @rule(pages=st.integers(0, 3))
    def overcommit(self, pages: int) -> None:
        self.kernel.own(self.kernel.hugetlb)
        self.kernel.hugetlb.overcommit = pages

    @rule(who=who, start=st.one_of(slots, starts), length=sizes, shared=st.booleans(), more=st.booleans())
    def mmap_huge(self, who: int, start: int, length: int, shared: bool, more: bool) -> None:
        flags = Map.ANONYMOUS | Map.HUGETLB | Map.FIXED | (Map.SHARED if shared else Map.PRIVATE)
        self.call(mmap, self.task(who), MapRequest(start, length, flags=flags | (Map.NORESERVE if more else 0)))

    @rule(who=who, start=slots, length=sizes, write=st.booleans())
    def touch_huge(self, who: int, start: int, length: int, write: bool) -> None:
        self.call(touch, self.task(who), start, length, TouchMode(write, caught=True))

    @rule(who=who, start=slots, offset=round_pages, length=st.one_of(sizes, lengths, st.just(4 * K)))
    def munmap_huge(self, who: int, start: int, offset: int, length: int) -> None:
        self.call(munmap, self.task(who), start + offset, length)


TestHugetlbOperations = HugetlbOperations.TestCase
TestHugetlbOperations.settings = settings(
    max_examples=25, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)


class AnnouncedHugetlb(HugetlbOperations, Announced):
    """The same, every change compared with the journal."""


TestAnnouncedHugetlb = AnnouncedHugetlb.TestCase
TestAnnouncedHugetlb.settings = settings(
    max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
