"""Short words for tests of memory cgroups: a host whose process is in a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support import K, host
from thpsh.mm.cgroup import cgroup_create
from thpsh.mm.memcg_attach import cgroup_attach

if TYPE_CHECKING:
    from tests.support import Host
    from thpsh.structs.memcg import MemCgroup

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
