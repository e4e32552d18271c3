"""The host as the recorder had it: its processes, their regions, and the prelude before the first operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.fork import fork
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv, Map
from thpsh.mm.mmap import MapRequest, mmap, munmap
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.oracle.program import AFTER_KEEPER, EXACT, KEEPER, WRITE_FILE, run_child, start_recorder, use_heap
from thpsh.oracle.words import Refused, Words, size_of
from thpsh.record import field, record
from thpsh.structs.kernel import FIRST_WINDOW, WINDOW
from thpsh.structs.page import HPAGE_SIZE

if TYPE_CHECKING:
    from thpsh.machine import Machine
    from thpsh.oracle.outcome import Place, RegionView
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.task import Task

THP: Final = "/sys/kernel/mm/transparent_hugepage/"
FIXED: Final = Map.PRIVATE | Map.ANONYMOUS | Map.FIXED
NEVER_KILLED: Final = -1000
FIRST_TO_GO: Final = 500  # oom_score_adj of the recorded processes


class Files(Protocol):
    """The pseudo-files of the emulated host."""

    def read(self, path: str) -> str:
        """The text of a file."""

    def write(self, path: str, text: str, *, create: bool = True) -> int:
        """One write; returns how much of it was taken. Without `create`, a missing file is ENOENT."""

    def read_bytes(self, path: str, offset: int, size: int) -> bytes:
        """A part of a file as bytes."""


@record
class Region:
    """A name for a place in a process."""

    base: int
    length: int


@record(eq=False)
class Process:
    """A recorded process."""

    name: str
    task: Task
    regions: dict[str, Region] = field(default_factory=dict)
    heap: int = 0  # the first 2 MiB boundary of its heap, once asked for

    def region(self, word: str) -> tuple[Region, int]:
        """The region and address that REGION+OFF means."""
        name, plus, offset = word.partition("+")
        if plus:
            shift = size_of(offset, "no such region")
        if name not in self.regions:
            raise Refused("no such region")
        found = self.regions[name]
        return found, found.base + (shift if plus else 0)

    def add(self, name: str, base: int, length: int) -> None:
        """Name a region, or give it a new place."""
        self.regions[name] = Region(base, length)


class Recorder:
    """The recorder's state: who lives, what is mapped where."""

    def __init__(self, machine: Machine, files: Files) -> None:
        self.machine = machine
        self.files = files
        self.processes: dict[str, Process] = {}
        self.background: dict[str, int] = {}  # processes at a touch nobody waits for: their faults before it
        self.unseen: dict[Place, RegionView] = {}  # what was last seen of regions whose process is busy
        self.owed = 0  # faults of such a touch, for the operation that waits for it
        self.groups: dict[str, MemCgroup] = {}  # made so far, also those removed again
        self.everybody: dict[int, Process] = {}  # the dead, too, by pid
        self.logged = 0  # lines of the kernel log that were told already
        self._windows = 0
        self.exact = False  # counters are read exactly
        self.task = start_recorder(self.kernel)
        self.task.oom_score_adj = NEVER_KILLED
        self.kernel.khugepaged.cpu = self.kernel.cpus[-1].number  # the recorder keeps CPU 0 busy
        self._prelude()
        self.logged = len(machine.dmesg.lines)

    @property
    def kernel(self) -> Kernel:
        """The emulated kernel."""
        return self.machine.kernel

    def _prelude(self) -> None:
        """A known policy, a khugepaged that sleeps for long, and a quiet process that is registered with it."""
        self.files.write(THP + "enabled", "madvise")
        keeper = fork(self.kernel, self.task, "keeper")
        run_child(self.kernel, keeper)
        where = mmap(self.kernel, keeper, MapRequest(FIRST_WINDOW, 2 * HPAGE_SIZE, flags=FIXED))
        madvise(self.kernel, keeper, where, 2 * HPAGE_SIZE, Madv.HUGEPAGE)
        touch(self.kernel, keeper, where, 1, TouchMode())
        munmap(self.kernel, keeper, where, 2 * HPAGE_SIZE)
        use_heap(self.kernel, keeper, KEEPER)
        use_heap(self.kernel, self.task, AFTER_KEEPER)
        self.files.write(THP + "khugepaged/scan_sleep_millisecs", "600000")
        self.machine.finish()

    def spawn(self, name: str) -> Process:
        """A recorded process: a child of the recorder that is the first to die when memory ends."""
        task = fork(self.kernel, self.task, name)
        task.oom_score_adj = FIRST_TO_GO
        run_child(self.kernel, task)
        return self.enter(Process(name, task))

    def enter(self, process: Process) -> Process:
        """Know a new process by its name."""
        self.processes[process.name] = process
        self.everybody[process.task.pid] = process
        return process

    def process(self, words: Words, place: int = 1) -> Process:
        """The living process that a word names."""
        found = self.processes.get(words[place])
        if found is None:
            raise Refused("no such process")
        return found

    def new_window(self) -> int:
        """A fresh place with nothing mapped for 4 GiB."""
        window = FIRST_WINDOW + WINDOW * self._windows
        self._windows += 1
        return window

    def finish(self, operation: str, *, looked: bool) -> None:
        """After an operation: reading the counters exactly needs a page of the recorder's heap."""
        if not self.exact or operation in ("exact", "watch"):
            return
        use_heap(self.kernel, self.task, EXACT)
        if operation == "write" and looked:
            use_heap(self.kernel, self.task, WRITE_FILE)

    def drain(self) -> None:
        """Empty the LRU caches, as the recorder does before it wakes khugepaged."""
        lru_add_drain_all(self.kernel)

    def bury(self) -> list[str]:
        """Forget the processes that have died; returns their names."""
        dead = [name for name, process in self.processes.items() if process.task.dead]
        for name in dead:
            del self.processes[name]
        return dead
