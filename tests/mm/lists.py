"""Hosts with empty LRU caches, and the active list of anonymous pages."""

from tests.support import M, host
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.page import Lru


def active(kernel):
    """The active list of anonymous pages of the zone that is used first."""
    return kernel.zones[-1].lruvec.lists[Lru.ACTIVE_ANON]


def fresh():
    """A host without huge pages whose LRU caches are empty."""
    h = host(cmdline="transparent_hugepage=never")
    lru_add_drain_all(h.kernel)
    return h


def small(size=M):
    """The same, with so many bytes in small pages at the start of a region of 2 MiB, all on the list."""
    h = host(cmdline="transparent_hugepage=never")
    h.map(2 * M)
    h.write(0, size)
    lru_add_drain_all(h.kernel)
    return h
