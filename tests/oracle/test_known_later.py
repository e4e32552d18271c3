"""What is said of a difference from a later kernel; the differences are those of Linux 6.18 (recorded)."""

import pytest

from thpsh.oracle.differ import Difference
from thpsh.oracle.known_later import CHANGES, reasons

SETTING = "/sys/kernel/mm/transparent_hugepage/"


def said(line, *whats, kernel="6.18.44", script=()):
    """What is told of the differences of one operation, the last of a script."""
    return reasons(kernel, [Difference(len(script), line, *what) for what in whats], (*script, line))


@pytest.mark.parametrize(
    ("line", "what", "since"),
    [
        ("madvise A r 2M hugepage", ("ret", "0", "-EINVAL"), "since 4.4: a hint"),
        ("madvise A r 2M 0x10000000e", ("ret", "0", "-EINVAL"), "since 4.4: a hint"),
        ("madvise A r 2M collapse", ("ret", "0", "-EINVAL"), "since 6.1: madvise(MADV_COLLAPSE)"),
        ("madvise A r 2M 8", ("ret", "0", "-EINVAL"), "since 4.5: madvise(MADV_FREE)"),
        ("touch A r 4K read", ("A/r slots", "Z.", "H."), "since 3.8: a read fault maps the huge zero page"),
        ("touch B r 4K write", ("thp_split_pmd", 1, 0), "since 5.8: a write to a shared huge page"),
        ("munmap A r 4K", ("thp_split", 0, 1), "since 4.5: a cut splits only"),
        ("mremap A r 2M 2M to=s", ("thp_split", 0, 1), "since 3.2: mremap moves"),
        ("mremap A r 0 2M", ("ret", "-EINVAL", "0"), "since 4.14: mremap with an old length of 0"),
        ("mmap A r 4M align=none", ("A/r mod2M", 0, 4096), "since 6.7: mmap places"),
        ("mmap A r 1M align=none", ("A/r mod2M", 0, 4096), "where the kernel puts a mapping"),
        ("touch A r 4K write", ("thp_fault_fallback", 1, 0), "this host had no free huge page"),
        ("sleep 100", ("pages_collapsed", 0, 1), "in that much real time"),
        ("mremap A r 4M 4K", ("ret", "-EFAULT", "0"), "since 6.18 or earlier: mremap first looks"),
        ("madvise A r 4M willneed", ("ret", "0", "-EBADF"), "since 3.9: MADV_WILLNEED"),
        ("mremap A r 4M 6M", ("A/r~1 mod2M", 4096, 0), "where the kernel puts a mapping"),
        (f"write {SETTING}use_zero_page 0", ("ret", "0", "-ENOENT"), "since 3.8: "),
        (f"write {SETTING}enabled alway", ("ret", "-EINVAL", "0"), "since 6.1 or earlier: only the whole word"),
        (f"read {SETTING}defrag", ("value", "always defer", "always"), "since 4.6: defrag may be deferred"),
        ("munlock A r 1M", ("A/r vmas", ["a"], ["a", "b"]), "since 6.18 or earlier: a VMA"),
        ("wait_khugepaged 3", ("pages_collapsed", 2, 0), "since 4.0: khugepaged collapses more"),
        ("exit A", ("thp_zero_page_alloc", 1, 0), "since 3.8: this counter"),
        ("fork A B", ("B/r [0K+4K rw-p] Referenced", 4, 0), "may be a mark of the LRU lists"),
        ("spawn A", ("pages_collapsed", 2, 0), "khugepaged works for the whole machine"),
    ],
)
def test_the_change_behind_a_difference_is_named(line, what, since):
    (told,) = said(line, what)
    assert told.startswith(since)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("touch A r 4K write", ("ret", "0", "SIGSEGV")),
        ("madvise A r 2M dontneed", ("ret", "0", "-EINVAL")),
        ("madvise", ("ret", "0", "-EINVAL")),
        ("touch A r 4K write", ("A/r slots", "H.", "P.")),
    ],
)
def test_what_is_not_known_is_not_explained(line, what):
    assert said(line, what) == [""]


def test_a_change_explains_only_kernels_that_have_it():
    refused = ("ret", "0", "-EINVAL")
    assert said("madvise A r 2M collapse", refused, kernel="6.0.1") == [""]
    assert said("madvise A r 2M hugepage", refused, kernel="3.0.1") == [""]
    assert said("madvise A r 2M hugepage", refused, kernel="nonsense") == [""]


def test_fewer_huge_faults_are_of_copy_on_write_only_after_a_fork():
    touched = ("touch A r 4K write", ("thp_fault_alloc", 0, 1))
    assert said(*touched) == [""]
    assert said(*touched, script=("spawn A", "fork A B"))[0].startswith("since 5.8: a write to a shared huge page")


def test_a_read_fault_of_shared_memory_maps_its_neighbours():
    touched = ("touch B r 8K read", ("minflt", 1, 2))
    assert said(*touched) == [""]
    assert said(*touched, script=("spawn A", "mmap A r 8K map=shared"))[0].startswith("since 3.15: a read fault")


def test_locked_memory_that_becomes_writable_is_faulted_in():
    changed = ("mprotect A r 4K rw", ("minflt", 1, 0))
    assert said(*changed) == [""]
    (told,) = said(*changed, script=("spawn A", "mlock A r 4K"))
    assert told.startswith("since 6.18 or earlier: mprotect to rw takes the faults")


def test_the_emptied_slot_needs_something_that_emptied_it():
    touched = ("touch A r 4K write", ("thp_fault_alloc", 1, 0), ("A/r slots", "H", "P"))
    assert said(*touched) == ["", ""]
    told = said(*touched, script=("spawn A", "madvise A r 2M dontneed"))
    assert all(each.startswith("since 6.14: MADV_DONTNEED") for each in told)


def test_all_that_differs_in_an_operation_is_of_its_change():
    told = said("touch A r 4K read", ("thp_fault_alloc", 0, 1), ("A/r slots", "Z", "H"), ("A/r [x] Rss", 0, 2048))
    assert len(set(told)) == 1


def test_what_comes_later_in_such_a_region_may_follow():
    differences = [
        Difference(3, "touch A r 4K read", "A/r slots", "Z", "H"),
        Difference(4, "mlock A r 4K", "A/r [x] Locked", 0, 4),
        Difference(5, "fork A B", "B/r slots", "Z", "H"),
        Difference(6, "touch A s 4K read", "A/s n", [1], [2]),
    ]
    told = reasons("6.18", differences, ["fork A B"])[1:]
    assert told == ["may follow from operation 3", "may follow from operation 3", ""]


def test_a_setting_that_was_refused_reads_otherwise():
    path = f"{SETTING}enabled"
    differences = [
        Difference(3, f"write {path} alway", "ret", "-EINVAL", "0"),
        Difference(4, f"read {path}", "value", "[always] madvise never", "always [madvise] never"),
    ]
    assert reasons("6.18", differences)[1] == "may follow from operation 3"


def test_every_change_has_a_release_after_3_0():
    for change in CHANGES:
        if not change.since:
            continue
        major, minor = (int(part) for part in change.since.split("."))
        assert (major, minor) > (3, 0)
