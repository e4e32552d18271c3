"""How far free memory is broken up, order by order (mm/vmstat.c: fill_contig_page_info, fragmentation_index)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.structs.page import MAX_ORDER

if TYPE_CHECKING:
    from thpsh.structs.zone import Zone

AVAILABLE: Final = -1000  # a block of the order is free: no allocation can fail for fragmentation
_WHOLE: Final = 1000  # indices are thousandths


def free_blocks(zone: Zone) -> tuple[int, ...]:
    """The free blocks of a zone by order, all migrate types together (free_area->nr_free)."""
    return tuple(sum(listed.nr for listed in zone.area.lists[order]) for order in range(MAX_ORDER))


def _suitable(blocks: tuple[int, ...], order: int) -> int:
    """How many blocks of an order could be cut from the free blocks."""
    return sum(blocks[larger] << larger - order for larger in range(order, MAX_ORDER))


def fragmentation_index(zone: Zone, order: int) -> int:
    """Why an allocation would fail, in thousandths: near 0 for lack of memory, near 1000 for fragmentation.

    AVAILABLE when it would not. A single free block too small by far gives an index below 0, as on the real kernel.
    """
    blocks = free_blocks(zone)
    total = sum(blocks)
    if not total:
        return 0
    if _suitable(blocks, order):
        return AVAILABLE
    free = sum(count << small for small, count in enumerate(blocks))
    return _WHOLE - (_WHOLE + (free * _WHOLE >> order)) // total


def unusable_free_index(zone: Zone, order: int) -> int:
    """How much of the free memory is in blocks too small for an order, in thousandths; no free memory is all of it."""
    blocks = free_blocks(zone)
    free = sum(count << small for small, count in enumerate(blocks))
    return (free - (_suitable(blocks, order) << order)) * _WHOLE // free if free else _WHOLE
