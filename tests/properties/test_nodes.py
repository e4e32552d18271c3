"""Random policies, migrations and touches on two nodes; after each, debug_vm recomputes the whole host."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support import START, K, M, host
from thpsh.errors import KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.fork import fork
from thpsh.mm.gup import pin, unpin
from thpsh.mm.mbind import MbindRequest, mbind
from thpsh.mm.mempolicy import set_mempolicy
from thpsh.mm.migrate_to_node import migratepages
from thpsh.mm.mman import Map
from thpsh.mm.mmap import mmap, munmap
from thpsh.mm.mmap_region import MapRequest
from thpsh.mm.move_pages import move_pages
from thpsh.structs.mempolicy import PolicyMode

SPAN = 8 * M
starts = st.integers(0, 16).map(lambda part: START + part * 512 * K)
lengths = st.sampled_from([4 * K, 64 * K, 512 * K, 2 * M, 4 * M])
who = st.integers(0, 2)
modes = st.sampled_from(list(PolicyMode))
nodes = st.sampled_from([(), (0,), (1,), (0, 1), (1, 2)])


class Nodes(RuleBasedStateMachine):
    """Up to three processes on a machine of two nodes."""

    @initialize(mode=st.sampled_from(["always", "never"]))
    def boot(self, mode: str) -> None:
        self.host = host(memory=512 * M, nodes=2, cpus=2)
        self.kernel = self.host.kernel
        self.host.enabled(mode)
        self.tasks = [self.host.task]
        for start, kind in ((START, Map.PRIVATE), (START + SPAN, Map.SHARED)):
            mmap(self.kernel, self.host.task, MapRequest(start, SPAN, flags=kind | Map.ANONYMOUS | Map.FIXED))

    def task(self, number: int) -> Any:
        """One of the processes."""
        return self.tasks[number % len(self.tasks)]

    @rule(who=who, start=starts, length=lengths, write=st.booleans(), cpu=st.integers(0, 1))
    def touch(self, who: int, start: int, length: int, write: bool, cpu: int) -> None:
        self.task(who).cpu = cpu
        touch(self.kernel, self.task(who), start, length, TouchMode(write, caught=True))

    @rule(who=who, start=starts, length=lengths, mode=modes, nodes=nodes, flags=st.integers(0, 7))
    def mbind(self, who: int, start: int, length: int, mode: PolicyMode, nodes: Any, flags: int) -> None:
        with suppress(KernelError):
            mbind(self.kernel, self.task(who), MbindRequest(start, length, mode, nodes, flags))

    @rule(who=who, mode=modes, nodes=nodes)
    def set_mempolicy(self, who: int, mode: PolicyMode, nodes: Any) -> None:
        with suppress(KernelError):
            set_mempolicy(self.kernel, self.task(who), mode, nodes)

    @rule(who=who, old=nodes, new=nodes)
    def migratepages(self, who: int, old: Any, new: Any) -> None:
        with suppress(KernelError):
            migratepages(self.kernel, 0, self.task(who), old, new)

    @rule(who=who, start=starts, length=lengths, node=st.sampled_from([None, 0, 1]))
    def move_pages(self, who: int, start: int, length: int, node: int | None) -> None:
        found = move_pages(self.kernel, 1, self.task(who), (start, start + length), node)
        assert sum(count for _, count in found) == length // (4 * K)

    @rule(who=who, start=starts, length=lengths)
    def munmap(self, who: int, start: int, length: int) -> None:
        munmap(self.kernel, self.task(who), start, length)

    @rule(who=who, start=starts)
    def pin(self, who: int, start: int) -> None:
        with suppress(KernelError):
            pin(self.kernel, self.task(who), start, 8 * K)

    @rule(who=who)
    def unpin(self, who: int) -> None:
        unpin(self.kernel, self.task(who))

    @rule(who=who)
    def fork(self, who: int) -> None:
        if len(self.tasks) < 3:
            self.tasks.append(fork(self.kernel, self.task(who), f"child{len(self.tasks)}"))

    @invariant()
    def nothing_contradicts(self) -> None:
        if hasattr(self, "kernel"):
            debug_vm(self.kernel)


Nodes.TestCase.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestNodes = Nodes.TestCase
