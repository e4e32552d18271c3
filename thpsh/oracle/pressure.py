"""Recordings of a whole machine short of memory: what the kernel itself uses is in all their figures.

They agree when the same happens to the recorded processes and numbers differ by no more than a tenth.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from thpsh.oracle.differ import Difference

CASES: Final = ("frag-", "oom-", "reclaim-")
_TENTH: Final = 10
_FREE: Final = re.compile(r"Node +(\d+), zone +(\S+?),? +(?:type +\S+ +)?([\d. ]+)")
_UNSURE: Final = "Referenced"  # left out of the recording where its runs did not agree


def agrees(difference: Difference) -> bool:
    """Is a difference one of degree only?"""
    wanted, found = difference.expected, difference.found
    if isinstance(wanted, int) and isinstance(found, int):
        return near(wanted, found) or (not wanted and difference.what.endswith(_UNSURE))
    if isinstance(wanted, str) and isinstance(found, str) and difference.what == "value":
        return _near_texts(wanted, found)
    return False


def near(wanted: int, found: int) -> bool:
    """Do two numbers differ by a tenth at most?"""
    return abs(wanted - found) * _TENTH <= max(abs(wanted), abs(found))


def _near_texts(wanted: str, found: str) -> bool:
    """Two lists of free blocks: as much free memory in each zone, as much of it in small, middle and large ones."""
    here, there = _free_pages(wanted), _free_pages(found)
    if not here or here.keys() != there.keys():
        return False
    for zone, parts in here.items():
        most = max(sum(parts), sum(there[zone]))
        if any(abs(a - b) * _TENTH > most for a, b in zip(parts, there[zone], strict=True)):
            return False
    return True


def _free_pages(text: str) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Free pages of each zone in blocks of orders 0 to 3, 4 to 8, and above, where a text lists them."""
    found: dict[tuple[str, str], tuple[int, int, int]] = {}
    for line in text.splitlines():
        match = _FREE.fullmatch(line.rstrip())
        counts = [int(word) for word in match[3].split() if word.isdigit()] if match is not None else []
        if match is None or len(counts) != 11:
            continue
        pages = [count << order for order, count in enumerate(counts)]
        old = found.get((match[1], match[2]), (0, 0, 0))
        found[match[1], match[2]] = (old[0] + sum(pages[:4]), old[1] + sum(pages[4:9]), old[2] + sum(pages[9:]))
    return found
