"""Random operations on kernels that lack some changes of the history; nothing contradicts itself on any of them."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.properties.test_operations import Operations, who
from tests.properties.test_pressure import Script
from tests.support import START, M, host
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.kthreads import pass_time
from thpsh.mm.mman import Map
from thpsh.mm.mmap import mmap
from thpsh.mm.mmap_region import MapRequest

SECOND = 10**9
CHANGES = [str(number) for number in range(2, 39) if number != 37]
few = st.lists(st.sampled_from(CHANGES), min_size=1, max_size=6, unique=True).map(tuple)


class OlderOperations(Operations):
    """The same machine with a kernel that lacks a few changes, and with time for khugepaged."""

    @initialize(
        mode=st.sampled_from(["always", "madvise", "never"]),
        drained=st.booleans(),
        cpus=st.integers(1, 2),
        reverts=few,
        nodes=st.integers(1, 2),
    )
    def boot(self, mode: str, drained: bool, cpus: int, reverts: tuple[str, ...], nodes: int) -> None:
        self.host = host(memory=512 * M, cpus=cpus * nodes, nodes=nodes, drained=drained, revert=reverts)
        self.kernel = self.host.kernel
        self.host.enabled(mode)
        self.tasks = [self.host.task]
        self.call(mmap, self.host.task, MapRequest(START, 16 * M, flags=Map.PRIVATE | Map.ANONYMOUS | Map.FIXED))

    @rule(seconds=st.sampled_from([1, 11, 61]))
    def tick(self, seconds: int) -> None:
        pass_time(self.kernel, seconds * SECOND)

    @rule(who=who)
    def fill(self, who: int) -> None:
        self.call(touch, self.task(who), START, 16 * M, TouchMode(write=True))


TestOlderOperations = OlderOperations.TestCase
TestOlderOperations.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_contradicts_under_pressure(seed: int) -> None:
    """Swap, groups, memory errors and kills on a kernel that lacks up to six changes."""
    chosen = Random(seed)
    script = Script(seed, tuple(chosen.sample(CHANGES, chosen.randint(1, 6))))
    for _ in range(40):
        script.step()
