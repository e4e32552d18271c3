"""Poisoned pages at the doors of the page allocator (mm/page_alloc.c: free_pages_check, check_new_page, bad_page).

A poisoned page in use cannot be freed, and one that is free cannot be handed out: in silence, it is on no list from
then on. A block goes as a whole, however few of its pages are poisoned. The doors are watched from the first memory
error on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.page_flags import rare_flags
from thpsh.structs.bits import FULL, span

if TYPE_CHECKING:
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock


def _bad(block: Pageblock) -> int:
    """The frames of a pageblock that must not be freed: poisoned, or with a wrong count of references."""
    rare = block.rare
    if rare is None:
        return 0
    mask = rare.hwpoison | rare.uncounted
    for frame in rare.pins:
        mask |= 1 << frame
    return mask


def _lose(kernel: Kernel, block: Pageblock, frames: int) -> None:
    rare = rare_flags(kernel, block)
    rare.lost |= frames
    rare.uncounted &= ~frames


def free_pages_check(kernel: Kernel, freed: dict[Pageblock, int]) -> dict[Pageblock, int]:
    """Of single pages that are about to be freed, those that may be; the others are lost."""
    good = {}
    for block, frames in freed.items():
        bad = frames & _bad(block)
        if bad:
            _lose(kernel, block, bad)
        if frames != bad:
            good[block] = frames ^ bad
    return good


def free_block_check(kernel: Kernel, block: Pageblock, frames: int) -> bool:
    """May a block be freed? If not, all of it is lost."""
    if not frames & _bad(block):
        return True
    _lose(kernel, block, frames)
    return False


def check_new_pages(kernel: Kernel, pages: list[PageRun]) -> list[PageRun]:
    """Of single pages that have just left the free lists, those that may be used; the others are lost."""
    good: list[PageRun] = []
    for block, first, length in pages:
        bad = span(first, first + length) & _poisoned(block)
        if not bad:
            good.append((block, first, length))
            continue
        _lose(kernel, block, bad)
        good += [(block, frame, 1) for frame in range(first, first + length) if not bad >> frame & 1]
    return good


def check_new_block(kernel: Kernel, block: Pageblock, first: int, order: int) -> bool:
    """May a block that has just left the free lists be used? If not, all of it is lost."""
    frames = span(first, first + (1 << order))
    if not frames & _poisoned(block):
        return True
    _lose(kernel, block, frames)
    return False


def _poisoned(block: Pageblock) -> int:
    return block.rare.hwpoison & FULL if block.rare is not None else 0
