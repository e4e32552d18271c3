"""Timeline: memory by kind over simulated time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.observe.process_timeline import ProcessTimeline
from thpsh.record import field, record
from thpsh.structs.page import HPAGE_NR

if TYPE_CHECKING:
    from thpsh.observe.process_timeline import Mark as ProcessMark
    from thpsh.structs.kernel import Kernel

MOST: Final = 1024  # samples kept; then every second one goes


class Sample(NamedTuple):
    """Pages of the host by kind at one time."""

    time: int  # nanoseconds since boot
    free: int
    huge: int  # anonymous, in huge pages
    small: int  # anonymous, in small pages
    cache: int  # page cache, shared memory and swap cache
    other: int  # the kernel's own, page tables, hugetlbfs, what was reserved by others
    swap: int  # in swap, beside the memory


Mark = tuple[tuple[Sample, ...], "ProcessMark"]


@record
class Timeline:
    """Samples, oldest first: one after each command that changed something, and one after each round of a daemon."""

    samples: list[Sample] = field(default_factory=list)
    processes: ProcessTimeline = field(default_factory=ProcessTimeline)

    def sample(self, kernel: Kernel) -> None:
        """Note how memory is used now, by the host and by each process, unless that is as it was."""
        self.processes.sample(kernel)
        now = sample_of(kernel)
        if self.samples and self.samples[-1][1:] == now[1:]:
            return
        if self.samples and self.samples[-1].time == now.time:
            self.samples.pop()
        self.samples.append(now)
        if len(self.samples) > MOST:
            self.samples = [*self.samples[:-1:2], self.samples[-1]]

    def mark(self) -> Mark:
        """The samples so far."""
        return tuple(self.samples), self.processes.mark()

    def exchange(self, mark: Mark) -> Mark:
        """Have the samples of a mark; returns what there was."""
        before = tuple(self.samples)
        self.samples = list(mark[0])
        return before, self.processes.exchange(mark[1])


def sample_of(kernel: Kernel) -> Sample:
    """Pages by kind, from the counters of the zones."""
    free = huge = small = cache = 0
    for zone in kernel.zones:
        stat = zone.stat
        free += zone.free + sum(cpu.count for cpu in zone.pcp)
        huge += stat.nr_anon_transparent_hugepages * HPAGE_NR
        small += stat.nr_anon_pages
        cache += stat.nr_file_pages
    other = max(0, kernel.totals.total_pages - free - huge - small - cache)
    return Sample(kernel.clock.now, free, huge, small, cache, other, kernel.swap.total - kernel.swap.free)
