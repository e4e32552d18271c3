"""512-bit masks: one bit per page of a 2 MiB slot or pageblock; Python integers are the fastest set we have."""

from __future__ import annotations

from typing import Final

PAGES: Final = 512
FULL: Final = (1 << PAGES) - 1

# Shared objects: most masks of a running host are prefixes and suffixes, and a 512-bit integer takes 96 bytes.
PREFIX: Final = (*tuple((1 << n) - 1 for n in range(PAGES)), FULL)
SUFFIX: Final = (FULL, *(FULL ^ PREFIX[n] for n in range(1, PAGES)), 0)

# SHIFTS[n + PAGES] is n: how far frames lie from pages, one object for each distance.
SHIFTS: Final = tuple(range(-PAGES, PAGES + 1))

# EVEN[o]: the first bit of every aligned group of 2**o.
EVEN: Final = tuple(FULL // PREFIX[1 << order] for order in range(10))

_SPARSE: Final = 24  # below this many bits, isolating them one by one beats listing all 512


def span(first: int, last: int) -> int:
    """The mask of bits first … last-1."""
    if first == 0:
        return PREFIX[last]
    if last == PAGES:
        return SUFFIX[first]
    return PREFIX[last] ^ PREFIX[first]


def union(kept: int, more: int) -> int:
    """Both masks together; the second one itself where the first is empty, so that equal masks stay one object."""
    return kept | more if kept else more


def lowest(mask: int) -> int:
    """The number of the lowest bit of a mask that is not empty."""
    return (mask & -mask).bit_length() - 1


def shifted(mask: int, by: int) -> int:
    """The mask moved up by `by` bits, or down where `by` is negative."""
    return mask << by if by >= 0 else mask >> -by


def indices(mask: int) -> list[int]:
    """The numbers of the set bits, ascending."""
    if mask.bit_count() > _SPARSE:
        return [i for i, bit in enumerate(bin(mask)[:1:-1]) if bit == "1"]
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def runs(mask: int) -> list[tuple[int, int]]:
    """The runs of adjacent set bits as (first, length), ascending."""
    found = []
    base = 0
    while mask:
        low = (mask & -mask).bit_length() - 1
        mask >>= low
        length = (mask ^ (mask + 1)).bit_length() - 1
        found.append((base + low, length))
        base += low + length
        mask >>= length
    return found


def take_lowest(mask: int, count: int) -> int:
    """The `count` lowest set bits of a mask (all of it when it has fewer)."""
    if count >= mask.bit_count():
        return mask
    first = lowest(mask)
    taken = span(first, first + count)
    if taken & mask == taken:
        return taken
    taken = 0
    for first, length in runs(mask):
        step = min(length, count)
        taken |= span(first, first + step)
        count -= step
        if not count:
            break
    return taken


def take_highest(mask: int, count: int) -> int:
    """The `count` highest set bits of a mask (all of it when it has fewer)."""
    return mask ^ take_lowest(mask, max(0, mask.bit_count() - count))


def progression(first: int, last: int, step: int) -> int:
    """Every `step`-th bit from first up to, not including, last."""
    if first >= last:
        return 0
    if step == 1:
        return span(first, last)
    terms = (last - 1 - first) // step + 1
    return ((1 << step * terms) - 1) // ((1 << step) - 1) << first
