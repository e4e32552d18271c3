"""What pages hold: one small tag per page, 0 for zeros (decisions.md §12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.structs.bits import indices, shifted
from thpsh.structs.pageblock import RareFlags

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock


def set_tag(kernel: Kernel, block: Pageblock, frames: int, tag: int) -> None:
    """Note the content of frames: 0 is all zeros; the block's main tag, or one of its own."""
    kernel.own(block)
    rare = block.rare
    if rare is not None and rare.tags:
        kernel.own(rare)
        rare.tags = {frame: kept for frame, kept in rare.tags.items() if not frames >> frame & 1}
    if not tag:
        block.tagged &= ~frames
        return
    if block.tagged & ~frames and block.tag != tag:
        _set_rare_tags(kernel, block, frames, tag)
        return
    block.tag = tag
    block.tagged |= frames


def _set_rare_tags(kernel: Kernel, block: Pageblock, frames: int, tag: int) -> None:
    rare = block.rare
    if rare is None:
        rare = block.rare = RareFlags(epoch=kernel.journal.epoch)
    kernel.own(rare)
    block.tagged |= frames
    rare.tags = {**rare.tags, **dict.fromkeys(indices(frames), tag)}


def copy_tags(kernel: Kernel, source: tuple[Pageblock, int], target: Pageblock, by: int) -> None:
    """Give frames the contents of others: frame i of the source's mask is copied to frame i + by of the target."""
    block, frames = source
    tagged = frames & block.tagged
    if not tagged:
        return
    own = block.rare.tags if block.rare is not None else {}
    others: dict[int, int] = {}
    for frame, tag in own.items():
        if tagged >> frame & 1:
            others[tag] = others.get(tag, 0) | 1 << frame
            tagged ^= 1 << frame
    if tagged:
        set_tag(kernel, target, shifted(tagged, by), block.tag)
    for tag, mask in others.items():
        set_tag(kernel, target, shifted(mask, by), tag)
