"""Tasks: processes of one thread (struct task_struct)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from thpsh.record import field, record
from thpsh.structs.versioned import Versioned

if TYPE_CHECKING:
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.mempolicy import MemPolicy
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock

INIT_PID: Final = 1


class TaskState(Enum):
    """States as `ps` and /proc/PID/status print them."""

    RUNNING = "R (running)"
    SLEEPING = "S (sleeping)"
    DISK_SLEEP = "D (disk sleep)"
    ZOMBIE = "Z (zombie)"

    @property
    def letter(self) -> str:
        """The letter of /proc/PID/stat."""
        return self.value[0]


@record(frozen=True)
class Region:
    """A name for a place in a process, given at mmap."""

    start: int
    length: int  # bytes

    @property
    def end(self) -> int:
        """The first byte after it."""
        return self.start + self.length


@record(eq=False)
class Task(Versioned):
    """One process, or one kernel thread (no mm)."""

    pid: int
    name: str
    parent: int  # pid
    mm: Mm | None
    cgroup: MemCgroup
    cpu: int = 0
    state: TaskState = TaskState.SLEEPING
    regions: dict[str, Region] = field(default_factory=dict)
    policy: MemPolicy | None = None
    interleave_next: int = 0  # il_next: node of the next interleaved allocation without a VMA
    start_ns: int = 0

    min_flt: int = 0
    maj_flt: int = 0
    oom_adj: int = 0
    oom_score_adj: int = 0
    mce_kill: str = "default"  # PR_MCE_KILL: early, late or default
    killed_by: str = ""  # the signal, once dead
    signals: list[tuple[str, int]] = field(default_factory=list)  # queued SIGBUS (code, address)
    pins: list[tuple[Pageblock, int]] = field(default_factory=list)  # references of get_user_pages
    waiting: str = ""  # what a sleeping fault waits for
    oom_wait: MemCgroup | None = None  # the group at its limit where a fault sleeps (oom_kill_disable)
    pending: tuple[int, int, object] | None = None  # the access that sleeps: start, length, how
    woken: bool = False  # there is room again: the fault goes on at the end of the command
    charge_single: bool = False  # the charge that ended in an OOM kill is repeated for one page, without a batch
    nice: int = 0
    command: str = ""

    @property
    def dead(self) -> bool:
        """Has it exited or been killed?"""
        return self.state is TaskState.ZOMBIE

    @property
    def kthread(self) -> bool:
        """Is it a kernel thread?"""
        return self.mm is None and not self.dead
