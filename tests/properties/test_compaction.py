"""Random operations on a host whose memory is broken up and put together again; all rules hold after each."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.properties.test_journal import Announced
from tests.properties.test_operations import Operations, lengths, starts, who
from thpsh.mm.compaction import compact_node
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.fragment import fragment
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv


class Compacting(Operations):
    """Everything that processes do, with fragmentation and both kinds of compaction in between."""

    @rule(percent=st.sampled_from([10, 50, 90, 100]), unmovable=st.booleans())
    def fragment(self, percent: int, unmovable: bool) -> None:
        holder = fragment(self.kernel, f"holder{len(self.tasks)}", percent, unmovable=unmovable).task
        if holder is not None:
            self.tasks.append(holder)

    @rule()
    def compact(self) -> None:
        for node in self.kernel.nodes:
            compact_node(self.kernel, 0, node)

    @rule(always=st.booleans())
    def defrag(self, always: bool) -> None:
        self.kernel.own(self.kernel.thp)
        self.kernel.thp.defrag_always = always

    @rule(who=who, start=starts, length=lengths, keep=st.sampled_from([8, 16, 64, 256]))
    def punch(self, who: int, start: int, length: int, keep: int) -> None:
        task = self.task(who)
        self.call(touch, task, start, length, TouchMode())
        for address in range(start, start + length, keep << 12):
            if not task.dead:
                self.call(madvise, task, address + 4096, (keep << 12) - 4096, Madv.DONTNEED)

    @rule(who=who, start=starts)
    def huge_faults(self, who: int, start: int) -> None:
        self.call(touch, self.task(who), start, 16 << 20, TouchMode(step=2 << 20))


class CompactingAnnounced(Compacting, Announced):
    """The same, looking for changes that were not announced to the journal."""


_SETTINGS = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
TestCompacting = Compacting.TestCase
TestCompacting.settings = _SETTINGS
TestCompactingAnnounced = CompactingAnnounced.TestCase
TestCompactingAnnounced.settings = settings(_SETTINGS, max_examples=6)
