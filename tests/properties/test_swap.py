"""Everything that processes do on a machine too small for them: reclaim, swap, the OOM killer; debug_vm after each."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.properties.test_operations import SPAN, Operations, who
from tests.support import START, K, M, host
from thpsh.boot import start_process
from thpsh.mm.drop_caches import drop_caches
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv, Map
from thpsh.mm.mmap import mmap
from thpsh.mm.mmap_region import MapRequest
from thpsh.mm.read_file import cache_file, read_file
from thpsh.mm.swapoff import swapoff
from thpsh.mm.swapon import swapon
from thpsh.mm.vmscan import try_to_free_mem_cgroup_pages


class Swapping(Operations):
    """A machine of 56 MiB with some swap."""

    @initialize(
        mode=st.sampled_from(["always", "madvise", "never"]), swap=st.sampled_from([2 * M, 16 * M, 64 * M]),
        around=st.sampled_from([0, 3]),
    )  # fmt: skip
    def boot(self, mode: str, swap: int, around: int) -> None:
        self.host = host(memory=56 * M)
        self.kernel = self.host.kernel
        swapon(self.kernel, swap)
        self.kernel.sysctl.page_cluster = around
        self.kernel.sysctl.overcommit_memory = 1
        self.host.enabled(mode)
        self.tasks = [start_process(self.host.machine, "hog"), self.host.task]
        self.call(mmap, self.tasks[0], MapRequest(START, 34 * M, flags=Map.PRIVATE | Map.ANONYMOUS | Map.FIXED))
        self.call(touch, self.tasks[0], START, 34 * M, TouchMode())
        self.call(mmap, self.host.task, MapRequest(START, SPAN, flags=Map.PRIVATE | Map.ANONYMOUS | Map.FIXED))

    @rule(who=who, write=st.booleans())
    def touch_all(self, who: int, write: bool) -> None:
        self.call(touch, self.task(who), START, SPAN, TouchMode(write))

    @rule(who=who, first=st.booleans(), write=st.booleans())
    def touch_half(self, who: int, first: bool, write: bool) -> None:
        self.call(touch, self.task(who), START + (0 if first else SPAN // 2), SPAN // 2, TouchMode(write))

    @rule(who=who)
    def share(self, who: int) -> None:
        flags = Map.SHARED | Map.ANONYMOUS | Map.FIXED
        self.call(mmap, self.task(who), MapRequest(START + SPAN // 4, SPAN // 2, flags=flags))

    @rule(who=who, page=st.integers(0, SPAN // (4 * K) - 1), length=st.sampled_from([4 * K, 64 * K, 2 * M]))
    def punch(self, who: int, page: int, length: int) -> None:
        self.call(madvise, self.task(who), START + page * 4 * K, length, Madv.REMOVE)

    @rule(times=st.integers(1, 40))
    def reclaim(self, times: int) -> None:
        for _ in range(times):
            try_to_free_mem_cgroup_pages(self.kernel, self.kernel.root_memcg, 0)

    @rule(size=st.sampled_from([64 * K, M, 8 * M]))
    def read_a_file(self, size: int) -> None:
        file = cache_file(self.kernel, "/data", size)
        self.call(read_file, self.task(0), file, size)

    @rule()
    def drop_page_cache(self) -> None:
        drop_caches(self.kernel, 1)

    @rule()
    def more_swap(self) -> None:
        if len(self.kernel.swap.devices) < 3:
            swapon(self.kernel, 4 * M)

    @rule(which=st.integers(0, 2))
    def less_swap(self, which: int) -> None:
        names = [device.name for device in self.kernel.swap.devices.values()]
        if names:
            self.call(swapoff, self.task(0), names[which % len(names)])

    @rule()
    def end_of_a_command(self) -> None:
        self.host.machine.finish()


TestSwapping = Swapping.TestCase
TestSwapping.settings = settings(
    max_examples=12, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
