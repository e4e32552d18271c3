"""The random operations, with a pool of huge pages or with swap, while memory fails, is taken out of use and healed."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.properties.test_hugetlb import HugetlbOperations, sizes, slots
from tests.properties.test_journal import Announced
from tests.properties.test_operations import Operations, lengths, starts, who
from tests.properties.test_swap import Swapping
from tests.support import K, M
from thpsh.errors import KernelPanic
from thpsh.mm.gup import pin
from thpsh.mm.hwpoison_inject import hwpoison_inject, unpoison_memory
from thpsh.mm.madvise import madvise
from thpsh.mm.memory.nonpresent import PoisonedPage
from thpsh.mm.memory_failure import memory_failure
from thpsh.mm.mman import Madv
from thpsh.mm.soft_offline import soft_offline_page
from thpsh.mm.stable_page_flags import FLAGS

frames = st.one_of(st.sampled_from([0, 1, 2, 511]), st.integers(0, 511))
ways = st.sampled_from(["corrupt", "corrupt", "hard", "soft", "unpoison", "unpoison"])


class Failing(Operations):
    """A host is booted anew when it stops, as 3.0 does when it moves a page to a surplus one.

    Or when no process can be started any more, as the boot image has lost a page.
    """

    again: tuple[Any, ...] = ("always", False, 2)

    def call(self, function: Any, *args: Any, **more: Any) -> None:
        try:
            super().call(function, *args, **more)
        except (KernelPanic, PoisonedPage):
            self.before: list[Any] = []
            self.boot(*self.again)

    def fail(self, way: str, pfn: int) -> None:
        if way == "corrupt":
            self.call(hwpoison_inject, pfn)
        elif way == "unpoison":
            self.call(unpoison_memory, pfn)
        elif way == "soft":
            self.call(soft_offline_page, 0, pfn)
        else:
            self.call(memory_failure, 0, pfn)

    @rule(who=who, start=st.one_of(slots, starts), offset=frames, pages=st.integers(1, 3), soft=st.booleans())
    def madvise_failure(self, who: int, start: int, offset: int, pages: int, soft: bool) -> None:
        advice = Madv.SOFT_OFFLINE if soft else Madv.HWPOISON
        self.call(madvise, self.task(who), start + offset * 4 * K, pages * 4 * K, advice)

    @rule(way=ways, place=st.integers(0, 400), frame=frames)
    def fail_somewhere(self, way: str, place: int, frame: int) -> None:
        blocks = [block for zone in self.kernel.zones for block in zone.pageblocks.values()]
        self.fail(way, blocks[place % len(blocks)].start_pfn + frame)

    @rule(way=ways, pfn=st.integers(0, 0x22000))
    def fail_anywhere(self, way: str, pfn: int) -> None:
        self.fail(way, pfn)

    @rule(enable=st.booleans(), flag=st.sampled_from([None, "anon", "huge", "lru"]), device=st.booleans())
    def filter(self, enable: bool, flag: str | None, device: bool) -> None:
        found = self.kernel.hwpoison_filter
        self.kernel.own(found)
        found.enable = int(enable)
        found.flags_mask = found.flags_value = 0 if flag is None else 1 << FLAGS[flag]
        found.dev_major = 0 if device else (1 << 32) - 1


class FailingPool(Failing, HugetlbOperations):
    """Memory fails where the pool is, too, and pages of it are pinned."""

    @rule(who=who, start=slots, length=st.one_of(sizes, lengths), write=st.booleans())
    def pin_huge(self, who: int, start: int, length: int, write: bool) -> None:
        self.call(pin, self.task(who), start, length, write=write)

    @rule(way=ways, place=st.integers(0, 400), frame=frames)
    def fail_in_the_pool(self, way: str, place: int, frame: int) -> None:
        pool = list(self.kernel.hugetlb.pages.values())
        if pool:
            self.fail(way, pool[place % len(pool)].block.start_pfn + frame)


class FailingSwap(Failing, Swapping):
    """Memory fails where pages are in the swap cache, too."""

    again = ("always", 16 * M, 0)

    @rule(way=ways, place=st.integers(0, 4000))
    def fail_in_the_swap_cache(self, way: str, place: int) -> None:
        blocks = (block for zone in self.kernel.zones for block in zone.pageblocks.values())
        found = [block.start_pfn + frame for block in blocks if block.rare is not None for frame in block.rare.swap]
        if found:
            self.fail(way, found[place % len(found)])


class AnnouncedFailures(FailingPool, Announced):
    """The first, every change compared with the journal."""


TestFailingPool = FailingPool.TestCase
TestFailingPool.settings = settings(
    max_examples=25, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
TestFailingSwap = FailingSwap.TestCase
TestFailingSwap.settings = settings(
    max_examples=10, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnnouncedFailures = AnnouncedFailures.TestCase
TestAnnouncedFailures.settings = settings(
    max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
