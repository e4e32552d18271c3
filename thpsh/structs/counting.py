"""Counters for 512 pages at once: how many page tables map each page of a pageblock.

`once` and `twice` answer the two questions asked all the time ("mapped?", "shared?") without arithmetic; what lies
beyond two is kept in bit planes, `planes[k]` holding bit k of (count - 2), so that adding one to any set of pages is a
ripple of a few mask operations, however many processes share them.
"""

from __future__ import annotations


def add_planes(planes: tuple[int, ...], mask: int) -> tuple[int, ...]:
    """Add one to the numbers of the pages in `mask`."""
    out = []
    for plane in planes:
        out.append(plane ^ mask)
        mask &= plane
    if mask:
        out.append(mask)
    return tuple(out)


def subtract_planes(planes: tuple[int, ...], mask: int) -> tuple[int, ...]:
    """Subtract one from the numbers of the pages in `mask`, none of which is 0."""
    out = []
    for plane in planes:
        out.append(plane ^ mask)
        mask &= ~plane
    while out and not out[-1]:
        out.pop()
    return tuple(out)


def nonzero(planes: tuple[int, ...]) -> int:
    """The pages whose number is not 0."""
    mask = 0
    for plane in planes:
        mask |= plane
    return mask


def number(planes: tuple[int, ...], index: int) -> int:
    """The number of one page."""
    return sum((plane >> index & 1) << k for k, plane in enumerate(planes))
