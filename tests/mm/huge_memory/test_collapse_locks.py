"""mmap_sem during a collapse, by kernel."""

import pytest

from tests.commands.typed import Typed
from thpsh.structs.config import BuildConfig
from thpsh.trace.events.huge_memory import MmCollapseHugePage
from thpsh.trace.events.kmem import MmPageAlloc
from thpsh.trace.events.lock import LockAcquire, LockRelease, MemcgCharge

KNOB = "/sys/kernel/mm/transparent_hugepage/enabled"


def steps(revert=(), *, numa=True):
    """What happened between the first look of khugepaged and the collapse: R, W, - for mmap_sem, alloc, charge."""
    t = Typed(revert=revert, drained=True, build=BuildConfig(numa=numa))
    t(f"echo never > {KNOB}; spawn app; mmap app buf 2M; mmap app other 2M; touch app buf")
    t(f"echo always > {KNOB}; trace locks on; touch app other 4K")
    found = []
    records = [record.event for record in t.session.machine.trace.records]
    scan = next(place for place, event in enumerate(records) if getattr(event, "site", "") == "khugepaged_scan_mm_slot")
    for event in records[scan:]:
        if isinstance(event, LockAcquire | LockRelease) and event.lock == "mmap_sem":
            found.append(event.mode[0].upper() if isinstance(event, LockAcquire) else "-")
        elif isinstance(event, MmPageAlloc) and event.order == 9:
            found.append("alloc")
        elif isinstance(event, MemcgCharge):
            found.append("charge")
        elif isinstance(event, MmCollapseHugePage):
            break
    return " ".join(found)


@pytest.mark.parametrize(
    ("revert", "numa", "expected"),
    [
        ((), True, "R alloc - charge W"),
        (("3",), True, "R alloc charge - W"),
        (("27",), True, "R - W alloc charge"),
        ((), False, "R - charge W"),
        (("3",), False, "R charge - W"),
    ],
)
def test_what_is_done_under_which_lock(revert, numa, expected):
    assert steps(revert, numa=numa) == expected


def test_a_page_table_in_high_memory_is_unmapped_as_well_when_a_page_stands_in_the_way():
    t = Typed(drained=True, build=BuildConfig(highpte=True))
    t(f"echo never > {KNOB}; spawn app; mmap app buf 2M; mmap app other 2M; touch app buf")
    t(f"echo always > {KNOB}; trace locks on; inject collapse_isolate 1; touch app other 4K")
    assert t("slots app buf") == "F 512\n"
    names = [line.split()[2] for line in t("trace show pte_offset_map,pte_use,pte_unmap").splitlines()[1:]]
    assert names == ["pte_offset_map", "pte_use", "pte_unmap"]
    assert "nothing found" in t("trace lint")
