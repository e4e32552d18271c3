"""Why khugepaged would collapse a range, or not."""

import pytest

from tests.commands.typed import Typed
from tests.explain.stage import THP, explained, failing

SMALL = f"echo never > {THP}/enabled; spawn app; mmap app buf 2M; touch app buf; drain; echo always > {THP}/enabled"
KNOWN = (  # registered by `other`; khugepaged has had its first round before `buf` may be huge
    "spawn app; mmap app other 2M; touch app other 4K; mmap app buf 2M; madvise app buf 2M nohugepage; touch app buf; "
    "drain; madvise app buf 2M hugepage"
)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (SMALL, ["registered"]),
        (KNOWN, []),
        (f"{KNOWN}; echo never > {THP}/enabled", ["running"]),
        (f"{KNOWN}; mprotect app buf 2M r", ["writable"]),
        (f"{KNOWN}; pin app buf 4K", ["count"]),
        (f"{KNOWN}; fork app child", ["writable"]),
        (f"{KNOWN}; echo 1 > /proc/app/clear_refs", ["young"]),
        (f"{KNOWN}; echo 0 > {THP}/khugepaged/max_ptes_none; madvise app buf 4K dontneed", ["none"]),
        (f"{KNOWN}; madvise app buf 2M nohugepage", ["advice"]),
    ],
)
def test_the_conditions_that_say_no(lines, expected):
    host = Typed()
    host(lines)
    assert failing(host, "buf", 1) == expected


@pytest.mark.parametrize("more", ["", "pin app buf 4K", "fork app child", "echo 1 > /proc/app/clear_refs"])
def test_what_is_predicted_happens(more):
    host = Typed()
    host(f"{KNOWN}; {more}" if more else KNOWN)
    expected = not failing(host, "buf", 1)
    host("tick 11s")
    assert (host("slots app buf")[0] == "H") == expected


def test_the_next_round_is_announced():
    host = Typed()
    host(f"{KNOWN}; pin app buf 4K; tick 4s")
    assert "number 1 of 1; the next round is due in 6.0 s" in " ".join(host("explain app buf").split())


def test_pages_behind_entries_that_are_not_writable_are_not_reached():
    host = Typed()
    host(f"{KNOWN}; mprotect app buf 2M r")
    found = [c["id"] for c in explained(host, "buf")["decisions"][1]["checks"] if c["ok"] is None]
    assert found == ["lru", "anon", "count", "young"]
    assert "  -- khugepaged_scan_pmd           some page was used since the last look\n" in host("explain app buf")
