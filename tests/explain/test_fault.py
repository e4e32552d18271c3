"""Why a fault would be huge, or not."""

import pytest

from tests.commands.typed import Typed
from tests.explain.stage import THP, failing

MMAP = "spawn app; mmap app buf 4M"
SHORT = f"{MMAP}; echo never > {THP}/defrag; fragment 100 --unmovable; mmap app x 60M; touch app x"


@pytest.mark.parametrize(
    ("spec", "lines", "place", "expected"),
    [
        ({}, MMAP, "buf", []),
        ({}, f"{MMAP}; echo never > {THP}/enabled", "buf", ["enabled"]),
        ({}, f"{MMAP}; echo madvise > {THP}/enabled", "buf", ["enabled"]),
        ({}, f"{MMAP}; echo madvise > {THP}/enabled; madvise app buf 4M hugepage", "buf", []),
        ({}, f"{MMAP}; madvise app buf 4M nohugepage", "buf", ["enabled"]),
        ({}, "spawn app; mmap app buf 4M --offset 4K", "buf", ["fits"]),
        ({}, "spawn app; mmap app buf 4M --offset 4K", "buf+2M", []),
        ({}, "spawn app; mmap app buf 4M --shared", "buf", ["ops"]),
        ({}, f"{MMAP}; munmap app buf 2M", "0x200000100000", ["mapped"]),
        ({}, f"{MMAP}; madvise app buf 2M nohugepage; touch app buf 4K; madvise app buf 2M hugepage", "buf", ["pmd"]),
        ({"pse": False}, MMAP, "buf", ["exists"]),
        ({}, f"cgroup create g 1M; spawn app; cgroup attach g app; mmap app buf 4M; echo {THP}", "buf", ["charge"]),
        ({"memory": 700 << 20}, SHORT, "buf", ["alloc", "defrag"]),
    ],
)  # fmt: skip
def test_the_conditions_that_say_no(spec, lines, place, expected):
    host = Typed(**spec)
    host(lines)
    assert failing(host, place, 0) == expected


def test_what_is_predicted_happens():
    """The answer is that of the kernel model: a fault is huge if and only if all conditions hold."""
    for enabled in ("always", "madvise", "never"):
        for advice in ("hugepage", "nohugepage", ""):
            host = Typed()
            host(f"{MMAP}; echo {enabled} > {THP}/enabled" + (f"; madvise app buf 4M {advice}" if advice else ""))
            expected = not failing(host, "buf", 0)
            host("touch app buf 4K")
            assert (host("slots app buf")[0] == "H") == expected, (enabled, advice)
