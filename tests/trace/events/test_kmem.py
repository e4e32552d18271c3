"""pgalloc_* and pgfree count base pages, the events blocks."""

import pytest

from thpsh.trace.events.kmem import MmPageAlloc, MmPageAllocExtfrag, MmPageFree


@pytest.mark.parametrize(
    ("zone", "order", "count", "expected"),
    [
        ("DMA", 0, 1, {"pgalloc_dma": 1}),
        ("DMA32", 9, 1, {"pgalloc_dma32": 512}),
        ("Normal", 3, 10, {"pgalloc_normal": 80}),
    ],
)
def test_allocations_are_counted_by_zone(zone, order, count, expected):
    assert dict(MmPageAlloc(0, zone, order, count, "Movable", 0).counts()) == expected


def test_freed_pages_of_all_zones_are_one_counter():
    assert dict(MmPageFree(0, "DMA", 9, 2).counts()) == dict(MmPageFree(1, "Normal", 10, 1).counts())
    assert dict(MmPageFree(0, "DMA", 9, 2).counts()) == {"pgfree": 1024}


def test_stealing_is_traced_but_not_counted():
    event = MmPageAllocExtfrag(0, "Normal", 0, 0, 10, "Unmovable", "Movable", owns=True, changed=True)
    assert dict(event.counts()) == {}
    assert event.tracepoint() == "mm_page_alloc_extfrag"
