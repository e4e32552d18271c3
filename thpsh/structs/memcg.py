"""Memory cgroups, version 1 (mm/memcontrol.c, kernel/res_counter.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.record import field, record
from thpsh.structs.versioned import Versioned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.structs.lru import Lruvec

RES_MAX: Final = (1 << 63) - 1  # RESOURCE_MAX: unlimited
CHARGE_BATCH: Final = 32  # pages
_FIRST_INODE: Final = 3000
_INODES: Final = 24


@record(eq=False)
class ResCounter(Versioned):
    """A limited counter of bytes (struct res_counter)."""

    parent: ResCounter | None = None  # also charged, with use_hierarchy
    usage: int = 0
    limit: int = RES_MAX
    soft_limit: int = RES_MAX
    max_usage: int = 0
    failcnt: int = 0


@record(eq=False)
class MemcgStat(Versioned):
    """The statistics of memory.stat: pages, except for the four event counts; and when to look at them."""

    cache: int = 0
    rss: int = 0
    mapped_file: int = 0
    pgpgin: int = 0  # charges, whatever their size
    pgpgout: int = 0
    swap: int = 0
    pgfault: int = 0
    pgmajfault: int = 0
    events: int = 0  # pages charged or given back (MEM_CGROUP_EVENTS_COUNT)
    next_note: int = 1  # when they are as many, MEM_CGROUP_TARGET_SOFTLIMIT and _NUMAINFO are passed at a look


@record(eq=False)
class MemCgroup(Versioned):
    """One directory of the memory controller."""

    name: str  # last part of its path; empty for the root
    parent: MemCgroup | None = None
    children: dict[str, MemCgroup] = field(default_factory=dict)
    res: ResCounter = field(default_factory=ResCounter)
    memsw: ResCounter = field(default_factory=ResCounter)
    stat: MemcgStat = field(default_factory=MemcgStat)
    lruvecs: dict[tuple[int, int], Lruvec] = field(default_factory=dict)  # (node, zone type)
    use_hierarchy: bool = False
    swappiness: int = 60
    move_charge: int = 0
    oom_kill_disable: bool = False
    under_oom: int = 0  # tasks asleep until there is room
    notify_on_release: bool = False
    clone_children: bool = False
    release_agent: str = ""  # of the root
    number: int = 1  # css id: the lowest that was free when it was made
    removed: bool = False  # CSS_REMOVED; swap slots may still be charged to it
    ghosts: list[MemCgroup] = field(default_factory=list)  # of the root: removed groups that may still pay for slots
    leaked: int = 0  # pages charged for ever by collapses that failed, before commit 14
    memsw_is_minimum: bool = False  # memory and memory+swap have the same limit: swapping does not help
    last_scanned_child: int = 0  # css id
    last_scanned_node: int = 1 << 16  # MAX_NUMNODES: none yet
    scan_nodes: tuple[int, ...] = ()  # where it had pages when that was last looked at
    numainfo_events: bool = False  # so much has happened since that it may be elsewhere
    blocks: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    """By zone, the pageblocks that may have pages of it; sets only grow, or are replaced. The root group has none."""

    @property
    def path(self) -> str:
        """Its path below the mount point: `/`, `/a/b`."""
        if self.parent is None:
            return "/"
        return f"{self.parent.path.rstrip('/')}/{self.name}"

    @property
    def inode(self) -> int:
        """The inode number of its directory; each takes one for itself and one for each of its files."""
        return _FIRST_INODE + _INODES * self.number

    def subtree(self) -> Iterator[MemCgroup]:
        """Itself and, with use_hierarchy, all groups below it, in the order of their numbers."""
        if not self.use_hierarchy:
            yield self
            return
        found = [self]
        for memcg in found:
            found += memcg.children.values()
        yield from sorted(found, key=lambda memcg: memcg.number)

    def covers(self, other: MemCgroup) -> bool:
        """Is the other group the same, or below it with use_hierarchy?"""
        if other is self:
            return True
        above = other.parent if self.use_hierarchy else None
        while above is not None:
            if above is self:
                return True
            above = above.parent
        return False


@record(eq=False)
class MemcgStock(Versioned):
    """Pages charged ahead on one CPU for one group (struct memcg_stock_pcp)."""

    cached: MemCgroup | None = None
    nr_pages: int = 0
