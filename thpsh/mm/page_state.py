"""What kind of page a memory error hit, and what can be done about it (mm/memory-failure.c: error_states)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.frames import drop
from thpsh.mm.isolate import ramfs_pages
from thpsh.mm.lru import del_page_from_lru, in_use, release_frames
from thpsh.mm.page_rmap import forget_owner, owner_of, remove_from_page_cache, set_memcg
from thpsh.structs.bits import PAGES
from thpsh.structs.page import Lru
from thpsh.structs.page_cache import AddressSpace, FileKind
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock

IGNORED: Final = "Ignored"
FAILED: Final = "Failed"
DELAYED: Final = "Delayed"
RECOVERED: Final = "Recovered"

HUGE: Final = "huge"
SWAP_CACHE: Final = "swapcache"
UNKNOWN: Final = "unknown page state"


def list_of(block: Pageblock, frame: int) -> Lru | None:
    """The LRU list a small page is on."""
    return next((entry.home.kind for entry in block.lru if entry.mask >> frame & 1), None)


def on_lru(block: Pageblock, frame: int) -> bool:
    """Is a small page, or the head of a huge one, on any LRU list (PageLRU)? Tails are on none."""
    if block.huge:
        return bool(block.lru) and not frame
    return list_of(block, frame) is not None


def state_of(kernel: Kernel, block: Pageblock, frame: int) -> str:
    """The name of the first kind that fits an unmapped page, as the kernel log prints it."""
    if block.huge or block.index in kernel.hugetlb.pages:
        return HUGE
    rare = block.rare
    if rare is not None and frame in rare.swap:
        return SWAP_CACHE
    kind = list_of(block, frame)
    if kind is Lru.UNEVICTABLE:
        return "unevictable LRU"
    if block.mlocked >> frame & 1:
        return "mlocked LRU"
    if kind is None:
        return UNKNOWN
    return "LRU" if is_dirty(block, frame) else "clean LRU"


def is_dirty(block: Pageblock, frame: int) -> bool:
    """Was a page written to? Of files without a disk all pages were, and are so for ever (PageDirty)."""
    return bool((block.dirty | ramfs_pages(block, 1 << frame)) >> frame & 1)


def act_on(kernel: Kernel, cpu: int, block: Pageblock, frame: int, state: str) -> str:
    """Do what can be done for the kind of page; returns how it ended."""
    if state == UNKNOWN:
        _say(kernel, block, frame, "Unknown page state")
        return FAILED
    if state == HUGE:
        return _me_huge_page(kernel, block)
    if state == SWAP_CACHE:
        return _me_swapcache(kernel, cpu, block, frame)
    _delete_from_lru(kernel, block, frame)
    if block.cached >> frame & 1:
        return _me_pagecache(kernel, cpu, block, frame)
    return RECOVERED if _anonymous(block, frame) else FAILED


def _delete_from_lru(kernel: Kernel, block: Pageblock, frame: int) -> bool:
    """Take a page off its list for good, without the flags of lists; was it on one (delete_from_lru_cache)?"""
    kernel.own(block)
    if not on_lru(block, frame):
        return False
    del_page_from_lru(kernel, block, 1 << frame)
    block.active &= ~(1 << frame)
    return True


def _anonymous(block: Pageblock, frame: int) -> bool:
    found = owner_of(block, frame)
    return found is not None and not isinstance(found[0].mapping, AddressSpace)


def truncated(block: Pageblock, frame: int) -> bool:
    """Is a page all that is left of a file's cache (page->mapping is NULL)? A pin has kept it."""
    rare = block.rare
    gone = not block.cached >> frame & 1 and (rare is None or frame not in rare.swap)
    return gone and not block.huge and not _anonymous(block, frame)


def _me_huge_page(kernel: Kernel, block: Pageblock) -> str:
    """A page of the pool that nobody uses is taken out of it; all others wait for their users to go."""
    page = kernel.hugetlb.pages.get(block.index)
    if page is None:
        return DELAYED
    from thpsh.mm.hugetlb.failure import dequeue_hwpoisoned_huge_page  # few hosts have a pool

    return RECOVERED if dequeue_hwpoisoned_huge_page(kernel, page) else DELAYED


def _me_swapcache(kernel: Kernel, cpu: int, block: Pageblock, frame: int) -> str:
    """What is not in swap yet stays where its owner will meet it; a page whose slot holds the same leaves the cache."""
    bit = 1 << frame
    kernel.own(block)
    if block.dirty & bit:
        block.dirty &= ~bit
        return DELAYED if _delete_from_lru(kernel, block, frame) else FAILED
    from thpsh.mm.shrink_page_list import leave_swap_cache  # only a host that swaps pays for it

    leave_swap_cache(kernel, block, bit)
    if in_use(block) & bit:
        set_memcg(block, bit, None)
    else:
        release_frames(kernel, cpu, {block: bit})
    return RECOVERED if _delete_from_lru(kernel, block, frame) else FAILED


def _me_pagecache(kernel: Kernel, cpu: int, block: Pageblock, frame: int) -> str:
    """Take a page out of its file; file systems that cannot truncate give up clean ones only (me_pagecache_clean)."""
    found = owner_of(block, frame)
    if found is None or not isinstance(found[0].mapping, AddressSpace):
        return FAILED
    mapping = found[0].mapping
    if not _truncates(kernel, mapping) and (is_dirty(block, frame) or block.once >> frame & 1):
        _say(kernel, block, frame, "Failed to invalidate")
        return FAILED
    truncate_page(kernel, cpu, (block, frame), mapping, found[1])
    return RECOVERED


def _truncates(kernel: Kernel, mapping: AddressSpace) -> bool:
    """Has the file system an error_remove_page? Neither ramfs nor block devices have."""
    devices = (file for file in kernel.tables.files.values() if file.kind is FileKind.BLOCKDEV)
    return not mapping.unevictable and all(file.mapping is not mapping for file in devices)


def truncate_page(kernel: Kernel, cpu: int, page: tuple[Pageblock, int], mapping: AddressSpace, index: int) -> None:
    """Take the page at an offset out of its file's cache: the next read brings the data from the disk."""
    block, frame = page
    slot = mapping.slots[index // PAGES]
    kernel.own(mapping)
    kernel.own(slot)
    drop(slot, 1 << index % PAGES)
    mapping.nr_pages -= 1
    stat = block.zone.stat
    kernel.own(stat)
    stat.nr_file_pages -= 1
    if mapping.swap_backed:
        stat.nr_shmem -= 1
    kernel.own(block)
    block.dirty &= ~(1 << frame)
    remove_from_page_cache(kernel, cpu, block, 1 << frame)
    forget_owner(block, 1 << frame)


def _say(kernel: Kernel, block: Pageblock, frame: int, text: str) -> None:
    kernel.trace.emit(Printk(f"MCE {block.start_pfn + frame:#x}: {text}"))
