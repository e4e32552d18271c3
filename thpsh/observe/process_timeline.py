"""ProcessTimeline: the memory of each process by kind over simulated time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.record import field, record
from thpsh.structs.page import HPAGE_NR

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm

MOST: Final = 16384  # samples of all processes kept; then every second one of each goes
FEW: Final = 32  # processes that are looked at each time; of more, as many on average

Kinds = tuple[int, int, int, int, int]
NOTHING: Final[Kinds] = (0, 0, 0, 0, 0)
Mark = tuple["list[ProcessSample]", int]


class ProcessSample(NamedTuple):
    """Pages of one process by kind at one time."""

    time: int  # nanoseconds since boot
    pid: int
    name: str
    huge: int  # anonymous, mapped by huge pages
    small: int  # anonymous, mapped by small pages
    file: int  # mapped files and shared memory
    hugetlb: int  # of the pool, which no RSS counts
    swap: int  # in swap, beside the memory


@record
class ProcessTimeline:
    """Samples of all processes, oldest first: one of each whose memory is not what it was."""

    samples: list[ProcessSample] = field(default_factory=list)
    last: dict[int, Kinds] = field(default_factory=dict)  # pid -> its newest sample, of those alive
    epoch: int = 0  # of the journal when they were last looked at: what is older has not changed since
    waited: int = 0  # how much of the effort of a look has been saved up
    most: int = MOST

    def sample(self, kernel: Kernel) -> None:
        """Look at the processes, unless there are so many that it is not their turn."""
        self.waited += FEW
        if self.waited >= len(kernel.tasks):
            self.waited = 0
            self.look(kernel)

    def look(self, kernel: Kernel) -> None:
        """Note each process whose memory is not what it was."""
        now, since, last = kernel.clock.now, self.epoch, self.last
        self.epoch = kernel.journal.epoch
        for pid, task in kernel.tasks.items():
            mm = task.mm
            if mm is None:
                if pid in last:
                    self._note(ProcessSample(now, pid, task.name, *NOTHING))
            elif mm.epoch >= since or pid not in last:
                kinds = kinds_of(mm)
                if last.get(pid) != kinds:
                    self._note(ProcessSample(now, pid, task.name, *kinds))

    def _note(self, sample: ProcessSample) -> None:
        self.samples.append(sample)
        kinds = sample[3:]
        if any(kinds):
            self.last[sample.pid] = kinds
        else:
            self.last.pop(sample.pid, None)
        if len(self.samples) > self.most:
            self.samples = _thinned(self.samples)
            self.most = max(MOST, 2 * len(self.samples))

    def of(self, word: str) -> list[ProcessSample]:
        """The samples of the newest process of a name or pid, oldest first."""
        pid = next((each.pid for each in reversed(self.samples) if word in (each.name, str(each.pid))), None)
        return [each for each in self.samples if each.pid == pid]

    def mark(self) -> Mark:
        """The samples so far: the list only grows until it is replaced."""
        return self.samples, len(self.samples)

    def exchange(self, mark: Mark) -> Mark:
        """Have the samples of a mark; returns what there was."""
        before = self.mark()
        samples, number = mark
        self.samples = samples[:number]
        newest = {each.pid: each[3:] for each in self.samples}
        self.last = {pid: kinds for pid, kinds in newest.items() if any(kinds)}
        self.epoch = 0
        return before


def kinds_of(mm: Mm) -> Kinds:
    """Pages by kind, from the accounts of an address space; a page table is deposited for each huge page it maps."""
    huge = len(mm.deposits) * HPAGE_NR
    small, file = max(0, mm.anon_rss - huge), max(0, mm.file_rss)
    return huge, small, file, len(mm.hugetlb) * HPAGE_NR, mm.swap_ents


def _thinned(samples: list[ProcessSample]) -> list[ProcessSample]:
    """Every second sample of each process, with its first and its newest."""
    newest = {each.pid: place for place, each in enumerate(samples)}
    seen: dict[int, int] = {}
    kept = []
    for place, each in enumerate(samples):
        number = seen[each.pid] = seen.get(each.pid, -1) + 1
        if number % 2 == 0 or newest[each.pid] == place:
            kept.append(each)
    return kept
