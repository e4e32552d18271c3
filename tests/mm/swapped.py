"""A host with swap whose process has pages there."""

from __future__ import annotations

from typing import Any

from tests.support import START, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.swapon import swapon
from thpsh.mm.vmscan import try_to_free_mem_cgroup_pages


def with_swap(size: int = 64 * M, *, huge: bool = False, read_around: int = 0, **spec: Any) -> Any:
    """A host with a swap device; small pages unless told otherwise, and no swap readahead."""
    h = host(cmdline="" if huge else "transparent_hugepage=never", **spec)
    swapon(h.kernel, size)
    h.kernel.sysctl.page_cluster = read_around
    return h


def touched(h: Any, size: int) -> Any:
    """Map and write memory at START; its pages are on the LRU lists. The VMA is returned."""
    vma = h.map(size)
    h.write(0, size)
    lru_add_drain_all(h.kernel)
    return vma


def push_out(h: Any, at_least: int) -> None:
    """Reclaim until so many pages of the process are in swap; other processes lose theirs, too."""
    while h.task.mm.swap_ents < at_least:
        assert try_to_free_mem_cgroup_pages(h.kernel, h.kernel.root_memcg, 0)
        debug_vm(h.kernel)


def table(h: Any, slot: int = 0) -> Any:
    """A page table of the process, counted from START."""
    return h.task.mm.pmds[(START >> 21) + slot]
