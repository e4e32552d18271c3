"""Kernel: the root from which all state of the emulated host is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.record import field, record
from thpsh.structs.config import Paging
from thpsh.structs.hugetlb import Hstate, HugetlbNode
from thpsh.structs.khugepaged import Khugepaged
from thpsh.structs.knobs import HwpoisonFilter, Sysctl, ThpFlags
from thpsh.structs.ksm import Ksm
from thpsh.structs.memcg import MemCgroup
from thpsh.structs.random import Rng
from thpsh.structs.slab import Slab
from thpsh.structs.swap import Swap
from thpsh.structs.versioned import Journal, Versioned
from thpsh.trace.bus import TraceBus
from thpsh.trace.clock import Clock

if TYPE_CHECKING:
    from thpsh.structs.config import BuildConfig, CostModel
    from thpsh.structs.cpu import Cpu
    from thpsh.structs.features import KernelFeatures
    from thpsh.structs.intended import Intended
    from thpsh.structs.page_cache import File
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.task import Task
    from thpsh.structs.zone import Node, Zone

FIRST_WINDOW: Final = 0x200000000000  # regions given at mmap live here, one in each 4 GiB window
WINDOW: Final = 4 << 30


@record(eq=False)
class Totals(Versioned):
    """Numbers that belong to the whole host."""

    next_pid: int = 1
    next_mm: int = 1
    next_anon_vma: int = 1
    next_inode: int = 1000
    next_window: int = FIRST_WINDOW
    hwpoison_pages: int = 0  # HardwareCorrupted, in pages
    hwpoison_missed: int = 0  # pages that were flagged and are not counted there: a bug of 3.0
    hwpoison_seen: bool = False  # there was a memory error: the page allocator looks at its pages from then on
    unpoisoned: bool = False  # some pages were declared healthy again: poison entries may lead to them
    committed_as: int = 0  # pages
    total_pages: int = 0  # totalram_pages
    tainted: bool = False
    frozen: bool = False  # by the freezer
    panic: str = ""  # why the host stopped
    ratelimit_begin: int = 0  # of printk_ratelimit's interval; 0: the next call begins one
    ratelimit_printed: int = 0
    ratelimit_missed: int = 0


@record(eq=False)
class Tables(Versioned):
    """What is looked up by number or name."""

    tasks: dict[int, Task] = field(default_factory=dict)  # by pid, in order of creation
    files: dict[str, File] = field(default_factory=dict)  # by path
    inject: dict[str, int] = field(default_factory=dict)  # fault injection: point -> calls until it fails
    lock_trace: bool = False  # locks are announced, too
    # groups above their soft limits, by zone (node, type): by how many bytes; the inner dicts are never changed
    soft_limit_tree: dict[tuple[int, int], dict[MemCgroup, int]] = field(default_factory=dict)


@record(eq=False)
class Kernel:
    """The emulated kernel: plain data; what happens to it is in `mm`."""

    features: KernelFeatures
    intended: Intended
    build: BuildConfig
    cost: CostModel
    nodes: tuple[Node, ...]
    zones: tuple[Zone, ...]  # populated ones of all nodes, by address
    cpus: tuple[Cpu, ...]
    release: str = "3.0.0"
    cmdline: str = ""
    keep_drained: bool = False  # --drained: LRU caches are emptied after every operation
    paging: Paging = field(default_factory=Paging)
    clock: Clock = field(default_factory=Clock)
    journal: Journal = field(default_factory=Journal)
    thp: ThpFlags = field(default_factory=ThpFlags)
    sysctl: Sysctl = field(default_factory=Sysctl)
    hwpoison_filter: HwpoisonFilter = field(default_factory=HwpoisonFilter)
    khugepaged: Khugepaged = field(default_factory=Khugepaged)
    ksm: Ksm = field(default_factory=Ksm)
    root_memcg: MemCgroup = field(default_factory=lambda: MemCgroup(""))
    totals: Totals = field(default_factory=Totals)
    tables: Tables = field(default_factory=Tables)
    swap: Swap = field(default_factory=Swap)
    slab: Slab = field(default_factory=Slab)
    rng: Rng = field(default_factory=Rng)
    trace: TraceBus = field(init=False)
    hugetlb: Hstate = field(init=False)

    def __post_init__(self) -> None:
        self.hugetlb = Hstate(tuple(HugetlbNode() for _ in self.nodes))
        self.trace = TraceBus(self.clock)

    @property
    def epoch(self) -> int:
        """The number of the current epoch; objects with an older one are saved before they change."""
        return self.journal.epoch

    @property
    def tasks(self) -> dict[int, Task]:
        """All tasks by pid."""
        return self.tables.tasks

    def own(self, obj: Versioned) -> None:
        """Announce a change of an object to the journal."""
        if obj.epoch != self.journal.epoch:
            self.journal.save(obj)

    def zone_of(self, index: int) -> Zone:
        """The zone of a pageblock index."""
        pfn = index << 9
        for zone in self.zones:
            if pfn < zone.start_pfn + zone.spanned:
                return zone
        return self.zones[-1]

    def block_of(self, pfn: int) -> Pageblock:
        """The pageblock of a frame that is in use."""
        return self.zone_of(pfn >> 9).pageblocks[pfn >> 9]
