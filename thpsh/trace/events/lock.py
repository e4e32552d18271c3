"""Locks and what is done under them; announced only while locks are traced (`trace locks on`)."""

from __future__ import annotations

from thpsh.record import record
from thpsh.trace.event import Event


@record(frozen=True)
class LockAcquire(Event):
    """A lock was taken."""

    lock: str  # mmap_sem, page_table_lock, anon_vma->root->mutex, ...
    owner: str  # what it protects: mm3, node 0 DMA32; empty for a single one
    mode: str  # read, write; empty for a lock that knows no difference
    site: str  # kernel function


@record(frozen=True)
class LockRelease(Event):
    """A lock was given back."""

    lock: str
    owner: str
    mode: str
    site: str


@record(frozen=True)
class MemcgCharge(Event):
    """A huge page is charged to a memory cgroup; that may reclaim."""

    group: str
    pages: int
    site: str


@record(frozen=True)
class AllocPagesVma(Event):
    """A huge page is asked for with the memory policy of a VMA."""

    order: int
    policy: str
    node: str  # the argument that the local policy uses; "current" before there was one
    site: str


@record(frozen=True)
class PteOffsetMap(Event):
    """A page of page-table entries is mapped into the kernel (page tables in high memory)."""

    mm: int
    address: int


@record(frozen=True)
class PteUse(Event):
    """The entries are read."""

    mm: int
    address: int
    site: str


@record(frozen=True)
class PteUnmap(Event):
    """The temporary mapping of the entries is given up."""

    mm: int
    address: int


@record(frozen=True)
class RmapWalk(Event):
    """One VMA met on an anon_vma list, in the order of the list."""

    mm: int
    address: int
    place: int  # 1 is the head of the list
    site: str
