"""Taking a page out of use before it fails, without harm to anybody (mm/memory-failure.c: soft_offline_page)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno
from thpsh.mm.huge_memory.split import split_huge_page
from thpsh.mm.isolate import ramfs_pages, unmovable
from thpsh.mm.lru import del_page_from_lru, lru_mask
from thpsh.mm.migrate import Move, move_to_new_pages, putback_lru_pages
from thpsh.mm.migrate_charge import PASSES, chargeable, move_in_vain
from thpsh.mm.page_alloc import OutOfMemory, alloc_small, drain_all_pages
from thpsh.mm.page_flags import ksm_pages, poisoned, rare_flags
from thpsh.mm.page_state import list_of
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.bits import FULL
from thpsh.structs.page import ZERO_PFN, Gfp, Lru, ZoneType
from thpsh.trace.events.huge_memory import SplitReason
from thpsh.trace.events.memory_failure import SoftOffline
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock

# page->flags of x86-64 with 64 possible nodes, 3.0 numbering (linux/page-flags.h).
_BITS: Final = {
    "referenced": 2, "uptodate": 3, "dirty": 4, "lru": 5, "active": 6, "reserved": 10, "head": 14, "tail": 15,
    "swapbacked": 19, "unevictable": 20, "mlocked": 21, "hwpoison": 23,
}  # fmt: skip
_ZONE_SHIFT: Final = 56
_NODE_SHIFT: Final = 58


def soft_offline_page(kernel: Kernel, cpu: int, block: Pageblock, frame: int) -> bool:
    """Move a page's contents away and never use it again; only the kernel log tells why it could not be done.

    The tail of a huge page is on no list: nothing happens to it, but the reference taken to look at it stays, so that
    its huge page is never freed.
    """
    pfn, bit = block.start_pfn + frame, 1 << frame
    if not _listed(block, frame):
        lru_add_drain_all(kernel)
        drain_all_pages(kernel)
    if not _listed(block, frame):
        _say(kernel, f"soft_offline: {pfn:#x}: unknown non LRU page type {flags_of(block, frame):x}")
        rare = rare_flags(kernel, block)
        head = 0 if block.huge else frame
        rare.pins[head] = rare.pins.get(head, 0) + 1
        return False
    if poisoned(block) & bit:
        _say(kernel, f"soft offline: {pfn:#x} page already poisoned")
        return False
    del_page_from_lru(kernel, block, FULL if block.huge else bit)
    if block.huge:
        split_huge_page(kernel, block, SplitReason.SOFT_OFFLINE)
    failed = _migrate(kernel, cpu, block, frame)
    if failed:
        putback_lru_pages(kernel, cpu, [(block, bit)])
        _say(kernel, f"soft offline: {pfn:#x}: migration failed {failed}, type {flags_of(block, frame):x}")
        return False
    rare_flags(kernel, block).hwpoison |= bit
    kernel.own(kernel.totals)
    kernel.totals.hwpoison_pages += 1
    kernel.trace.emit(SoftOffline(pfn))
    return True


def soft_offline_zero_page(kernel: Kernel) -> None:
    """The page of zeros stays in use: it is on no list."""
    lru_add_drain_all(kernel)
    drain_all_pages(kernel)
    flags = 1 << _BITS["referenced"] | 1 << _BITS["reserved"] | ZoneType.DMA32 << _ZONE_SHIFT
    if kernel.totals.zero_page_poisoned:
        flags |= 1 << _BITS["hwpoison"]
    _say(kernel, f"soft_offline: {ZERO_PFN:#x}: unknown non LRU page type {flags:x}")


def _listed(block: Pageblock, frame: int) -> bool:
    """Is a page on an LRU list? Of a huge page only the head is."""
    if block.huge:
        return bool(block.lru) and not frame
    return bool(lru_mask(block) >> frame & 1)


def _migrate(kernel: Kernel, cpu: int, block: Pageblock, frame: int) -> int:
    """Move an isolated page to a new frame of its node; returns what migrate_pages would say, 0 for success."""
    bit = 1 << frame
    new_page = partial(alloc_small, kernel, cpu, gfp=Gfp.HIGHUSER_MOVABLE, near=block.zone.node)
    try:
        for stuck, passes in ((unmovable(block), _passes(block, bit)), (ramfs_pages(block, bit), 1)):
            if stuck & bit:
                move_in_vain(kernel, cpu, [(block, bit)], new_page, passes)
                return 1
        if not chargeable(kernel, cpu, [(block, frame, 1)]):
            return -Errno.ENOMEM
        target, first, _ = new_page(1)[0]
    except OutOfMemory:
        return -Errno.ENOMEM
    move_to_new_pages(kernel, cpu, [Move(block, bit, target, first - frame)], keep=True)
    return 0


def _passes(block: Pageblock, frame: int) -> int:
    """How often a page that others hold is tried: merged ones (EBUSY) once, pinned ones (EAGAIN) ten times."""
    return 1 if ksm_pages(block) & frame else PASSES


def flags_of(block: Pageblock, frame: int) -> int:
    """page->flags of a frame in use, as the kernel log prints it."""
    bit = 1 << frame
    zone = block.zone
    place = zone.kind << _ZONE_SHIFT | zone.node << _NODE_SHIFT
    if block.huge and frame:
        return place | 1 << _BITS["tail"]
    kind = list_of(block, frame)
    there = {
        "referenced": block.referenced & bit, "uptodate": True, "dirty": block.dirty & bit, "lru": kind is not None,
        "active": block.active & bit, "head": block.huge, "swapbacked": not block.cached & bit,
        "unevictable": kind is Lru.UNEVICTABLE, "mlocked": block.mlocked & bit, "hwpoison": poisoned(block) & bit,
    }  # fmt: skip
    return place | sum(1 << _BITS[name] for name, is_set in there.items() if is_set)


def _say(kernel: Kernel, text: str) -> None:
    kernel.trace.emit(Printk(text))
