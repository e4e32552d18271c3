"""A process with small pages in slots that khugepaged may scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.mm.layout import place
from tests.support import M, host
from thpsh.mm.huge_memory.mm_slot import register
from thpsh.mm.huge_memory.policy import set_enabled
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.pcp import drain_pages

if TYPE_CHECKING:
    from tests.support import Host


def small(slots: int = 1, pages: int = 512, **spec: Any) -> Host:
    """A host whose process has `pages` small pages at the start of each slot, off the LRU caches, and is registered."""
    h = host(**{"cmdline": "transparent_hugepage=never", **spec})
    place(h, 0, slots * 2 * M)
    for slot in range(slots):
        h.write(slot * 2 * M, pages << 12)
    lru_add_drain_all(h.kernel)
    set_enabled(h.kernel, "always")
    assert h.task.mm is not None
    register(h.kernel, h.task.mm)
    return h


def in_order(slots: int, **spec: Any) -> Host:
    """The same with full slots whose frames follow each other, as on a host that has been running for a while."""
    h = host(**{"cmdline": "transparent_hugepage=never", **spec})
    place(h, 1 << 32, 8 * M)
    h.write(1 << 32, 8 * M)
    place(h, 0, slots * 2 * M)
    h.write(0, slots * 2 * M)
    lru_add_drain_all(h.kernel)
    drain_pages(h.kernel, 0)
    set_enabled(h.kernel, "always")
    assert h.task.mm is not None
    register(h.kernel, h.task.mm)
    return h
