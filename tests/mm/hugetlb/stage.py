"""A host with a pool of huge pages, and short words for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.mm.layout import RW, place
from tests.support import START, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.hugetlb.pool import memory_nodes, set_max_huge_pages
from thpsh.mm.mman import Map
from thpsh.mm.mmap import munmap

if TYPE_CHECKING:
    from tests.support import Host
    from thpsh.structs.task import Task

PRIVATE = Map.PRIVATE | Map.ANONYMOUS | Map.FIXED | Map.HUGETLB
SHARED = Map.SHARED | Map.ANONYMOUS | Map.FIXED | Map.HUGETLB


def pool(pages: int, overcommit: int = 0) -> Host:
    """A host whose pool has so many pages."""
    h = host()
    resize(h, pages)
    h.kernel.hugetlb.overcommit = overcommit
    return h


def resize(h: Host, pages: int) -> None:
    """Give the pool another size."""
    set_max_huge_pages(h.kernel, 0, pages, memory_nodes(h.kernel))
    debug_vm(h.kernel)


def map_huge(h: Host, pages: int, flags: int = PRIVATE, offset: int = 0) -> None:
    """Map so many huge pages at START + offset."""
    place(h, offset, pages * 2 * M, RW, flags)
    debug_vm(h.kernel)


def unmap(h: Host, offset: int, pages: int, task: Task | None = None) -> None:
    """Unmap so many huge pages at START + offset."""
    munmap(h.kernel, task or h.task, START + offset, pages * 2 * M)
    debug_vm(h.kernel)


def child_of(h: Host) -> Task:
    """A child that shares everything."""
    child = fork(h.kernel, h.task, "child")
    debug_vm(h.kernel)
    return child


def numbers(h: Host) -> tuple[int, int, int, int]:
    """HugePages_Total, Free, Rsvd, Surp."""
    found = h.kernel.hugetlb
    return found.total, found.free, found.reserved, found.surplus
