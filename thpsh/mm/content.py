"""What pages hold: one small tag per page, 0 for zeros (decisions.md §12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.page_flags import rare_flags
from thpsh.structs.bits import indices, shifted

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    rare = rare_flags(kernel, block)
    block.tagged |= frames
    rare.tags = {**rare.tags, **dict.fromkeys(indices(frames), tag)}


def set_tags(kernel: Kernel, block: Pageblock, tags: Mapping[int, int]) -> None:
    """Note the contents of frames that may all be different: frame -> tag."""
    kernel.own(block)
    frames = sum(1 << frame for frame in tags)
    if not block.tagged & ~frames:
        block.tag = max(tags.values())
    rare = rare_flags(kernel, block)
    kept = {frame: tag for frame, tag in rare.tags.items() if frame not in tags}
    rare.tags = {**kept, **{frame: tag for frame, tag in tags.items() if tag and tag != block.tag}}
    block.tagged = block.tagged & ~frames | sum(1 << frame for frame, tag in tags.items() if tag)


def copy_tags(kernel: Kernel, source: tuple[Pageblock, int], target: Pageblock, by: int) -> None:
    """Give frames the contents of others: frame i of the source's mask is copied to frame i + by of the target."""
    block, frames = source
    tagged = frames & block.tagged
    if not tagged:
        return
    rare = block.rare
    if rare is None or not rare.tags:
        set_tag(kernel, target, shifted(tagged, by), block.tag)
        return
    own = {frame: tag for frame, tag in rare.tags.items() if tagged >> frame & 1}
    plain = tagged & ~sum(1 << frame for frame in own)
    if plain:
        set_tag(kernel, target, shifted(plain, by), block.tag)
    if own:
        set_tags(kernel, target, {frame + by: tag for frame, tag in own.items()})
