"""Short words for tests of memory cgroups: a host whose process is in a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.mm.layout import placed
from tests.support import START, K, M, host
from thpsh.boot import start_process
from thpsh.mm.cgroup import cgroup_create
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.memcg_stock import drain_stock
from thpsh.mm.mman import Map
from thpsh.mm.pagevec import lru_add_drain_all

if TYPE_CHECKING:
    from tests.support import Host
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.task import Task

PAGE = 4 * K


def group(h: Host, name: str = "g", parent: MemCgroup | None = None, limit: int | None = None) -> MemCgroup:
    """A new group, below the root unless told otherwise."""
    memcg = cgroup_create(h.kernel, parent or h.kernel.root_memcg, name)
    if limit is not None:
        memcg.res.limit = limit
    return memcg


def in_group(limit: int | None = None, size: int = 16 << 20) -> tuple[Host, MemCgroup]:
    """A host, never huge, whose process is in group g and has a mapping at START."""
    h = host()
    h.enabled("never")
    memcg = group(h, limit=limit)
    cgroup_attach(h.kernel, memcg, h.task)
    h.map(size)
    return h, memcg


def pages(memcg: MemCgroup) -> tuple[int, int]:
    """Usage and rss, in pages."""
    return memcg.res.usage // PAGE, memcg.stat.rss


def full_of_another() -> tuple[Host, Task]:
    """A process with 64 KiB of untouched shared memory at START, and one that has taken all the room of its group."""
    h = placed(64 * K, flags=Map.SHARED | Map.ANONYMOUS | Map.FIXED)
    h.enabled("never")
    memcg = group(h)
    other = start_process(h.machine, "other")
    for task in (h.task, other):
        cgroup_attach(h.kernel, memcg, task)
    h.map(M, start=START + (1 << 40), task=other)
    h.write(1 << 40, M, task=other)
    lru_add_drain_all(h.kernel)
    drain_stock(h.kernel, 0)
    memcg.res.limit = memcg.res.usage
    return h, other
