"""What kind of page a frame holds: of a file, poisoned, merged by KSM (linux/page-flags.h, linux/mm_inline.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.structs.page_cache import AddressSpace
from thpsh.structs.pageblock import RareFlags

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock


def rare_flags(kernel: Kernel, block: Pageblock) -> RareFlags:
    """The flags object of a pageblock, made if there was none, ready to be changed."""
    rare = block.rare
    if rare is None:
        kernel.own(block)
        rare = block.rare = RareFlags(epoch=kernel.epoch)
    kernel.own(rare)
    return rare


def poisoned(block: Pageblock) -> int:
    """The frames that a memory error hit (PageHWPoison)."""
    return block.rare.hwpoison if block.rare is not None else 0


def ksm_pages(block: Pageblock) -> int:
    """The frames that are merged pages of KSM (PageKsm)."""
    return block.rare.ksm if block.rare is not None else 0


def file_backed(block: Pageblock, frames: int) -> int:
    """Of some frames, those of files on a disk (page_is_file_cache)."""
    mask = 0
    if block.cached & frames:
        for owner in block.owners:
            if isinstance(owner.mapping, AddressSpace) and not owner.mapping.swap_backed:
                mask |= owner.mask & frames
    return mask
