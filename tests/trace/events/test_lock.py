"""Lock events have the names that `trace show` and scenarios use."""

from thpsh.trace.events import lock


def test_their_names():
    kinds = (lock.LockAcquire, lock.LockRelease, lock.MemcgCharge, lock.AllocPagesVma, lock.PteOffsetMap, lock.PteUse)
    assert [kind.tracepoint() for kind in (*kinds, lock.PteUnmap, lock.RmapWalk)] == [
        "lock_acquire",
        "lock_release",
        "memcg_charge",
        "alloc_pages_vma",
        "pte_offset_map",
        "pte_use",
        "pte_unmap",
        "rmap_walk",
    ]


def test_they_count_nothing():
    assert list(lock.LockAcquire("mmap_sem", "mm3", "read", "do_page_fault").counts()) == []
