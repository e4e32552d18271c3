"""Which frames stand behind which pages: arithmetic on FrameMap (the role of pte_pfn and vm_normal_page)."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from thpsh.errors import ModelBug
from thpsh.structs.bits import PAGES, indices, lowest, runs, shifted
from thpsh.structs.page import PAGEBLOCK_ORDER

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.page_table import FrameMap, Run
    from thpsh.structs.pageblock import Pageblock

_LOW: int = PAGES - 1
Piece = tuple[int, "Pageblock", int]
"""(pages, pageblock, shift), like a Run: page i of the slot is frame i + shift."""


def pfn_to_block(kernel: Kernel, pfn: int) -> Pageblock:
    """The pageblock object of a frame in use (pfn_to_page)."""
    index = pfn >> PAGEBLOCK_ORDER
    for zone in kernel.zones:
        block = zone.pageblocks.get(index)
        if block is not None:
            return block
    raise ModelBug(f"frame {pfn:#x} is not in use")


def frame_at(kernel: Kernel, frames: FrameMap, page: int) -> tuple[Pageblock, int]:
    """The pageblock and frame number behind one present page."""
    bit = 1 << page
    for pages, block, shift in frames.runs:
        if pages & bit:
            return block, page + shift
    if frames.loose & bit and frames.pfns is not None:
        pfn = frames.pfns[page]
        return pfn_to_block(kernel, pfn), pfn & _LOW
    raise ModelBug(f"page {page} has no frame")


def pieces(kernel: Kernel, frames: FrameMap, mask: int) -> list[Piece]:
    """The frames behind some present pages, as runs cut to the mask; single pages come as runs of their own."""
    if mask == frames.present and frames.pfns is None:
        return list(frames.runs)
    found: list[Piece] = []
    for pages, block, shift in frames.runs:
        part = pages & mask
        if part:
            found.append((part, block, shift))
    loose = frames.loose & mask
    if loose and frames.pfns is not None:
        found += _loose_pieces(kernel, frames.pfns, loose)
    return found


def _loose_pieces(kernel: Kernel, pfns: array[int], loose: int) -> list[Piece]:
    masks: dict[tuple[int, int], int] = {}
    for page in indices(loose):
        pfn = pfns[page]
        key = (pfn >> PAGEBLOCK_ORDER, (pfn & _LOW) - page)
        masks[key] = masks.get(key, 0) | 1 << page
    return [(mask, pfn_to_block(kernel, index << PAGEBLOCK_ORDER), shift) for (index, shift), mask in masks.items()]


def frames_of(kernel: Kernel, frames: FrameMap, mask: int) -> list[tuple[Pageblock, int]]:
    """The frames behind some present pages, as masks by pageblock; one block may come more than once.

    So does a frame that stands behind several of the pages.
    """
    found = []
    for pages, block, shift in frames.runs:
        part = pages & mask
        if part:
            found.append((block, part << shift if shift >= 0 else part >> -shift))
    loose = frames.loose & mask
    if loose and frames.pfns is not None:
        masks: dict[int, int] = {}
        pfns = frames.pfns
        for page in indices(loose):
            pfn = pfns[page]
            index, bit = pfn >> PAGEBLOCK_ORDER, 1 << (pfn & _LOW)
            mine = masks.get(index, 0)
            if mine & bit:
                found.append((pfn_to_block(kernel, pfn), bit))  # a merged page that is mapped more than once
            masks[index] = mine | bit
        found += [(pfn_to_block(kernel, index << PAGEBLOCK_ORDER), part) for index, part in masks.items()]
    return found


def drop(frames: FrameMap, mask: int) -> None:
    """Forget the frames behind some pages, and that they are present."""
    frames.present &= ~mask
    if frames.runs:
        if frames.present:
            frames.runs = _without(frames.runs, mask)
        else:
            frames.runs = ()
    if frames.pfns is not None and not frames.loose:
        frames.pfns = None


def _without(old: tuple[Run, ...], mask: int) -> tuple[Run, ...]:
    kept: list[Run] = []
    for run in old:
        pages = run[0] & ~mask
        if pages == run[0]:
            kept.append(run)
        elif pages:
            kept.append((pages, run[1], run[2]))
    return tuple(kept)


_MANY_RUNS: int = 8  # beyond this, single pages go to the table of frame numbers


def add(frames: FrameMap, mask: int, block: Pageblock, shift: int) -> None:
    """Put frames behind some empty pages: page i gets frame i + shift of the pageblock."""
    frames.present |= mask
    old = frames.runs
    for place, (pages, owner, by) in enumerate(old):
        if owner is block and by == shift:
            frames.runs = (*old[:place], (pages | mask, block, shift), *old[place + 1 :])
            return
    if len(old) < _MANY_RUNS:
        frames.runs = (*old, (mask, block, shift))
        return
    add_loose(frames, [(page, (block.index << PAGEBLOCK_ORDER) + page + shift) for page in indices(mask)])


def add_loose(frames: FrameMap, pages: list[tuple[int, int]]) -> None:
    """Put single frames behind single empty pages: (page, pfn) each."""
    if frames.pfns is None:
        frames.pfns = array("Q", bytes(8 * PAGES))
    pfns = frames.pfns
    mask = 0
    for page, pfn in pages:
        pfns[page] = pfn
        mask |= 1 << page
    frames.present |= mask


def move(kernel: Kernel, source: FrameMap, mask: int, target: FrameMap, by: int) -> None:
    """Move the frames behind some pages to the pages `by` further on of another slot (move_ptes)."""
    taken = pieces(kernel, source, mask)
    drop(source, mask)
    for pages, block, shift in taken:
        add(target, shifted(pages, by), block, shift - by)


def contiguous(frames: FrameMap) -> bool:
    """Does one run hold all present pages?"""
    return not frames.loose and len(frames.runs) <= 1


def first_pfn(frames: FrameMap) -> int:
    """The frame number behind the lowest present page, for display."""
    page = lowest(frames.present)
    for pages, block, shift in frames.runs:
        if pages >> page & 1:
            return (block.index << PAGEBLOCK_ORDER) + page + shift
    return frames.pfns[page] if frames.pfns is not None else 0


def stretches(mask: int) -> list[tuple[int, int]]:
    """The runs of adjacent pages as (first, length)."""
    return runs(mask)
