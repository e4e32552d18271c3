"""Operation scripts before they run."""

import pytest

from thpsh.errors import UsageError
from thpsh.oracle.script import check_memory, knob_write, memory_wanted, read_script, without_knobs

MIB = 1 << 20


def test_comments_and_empty_lines_are_no_operations():
    assert read_script("# a\n\n  spawn A  \nmmap A r 4K\r\n") == ["spawn A", "mmap A r 4K"]


def test_the_first_line_that_changes_the_host_is_named():
    assert knob_write(["spawn A", "write /x 1", "wake"]) == "write /x 1"
    assert knob_write(["spawn A", "wake 5"]) == "wake 5"
    assert knob_write(["spawn A", "read /x"]) is None


@pytest.mark.parametrize(
    ("lines", "mib"),
    [
        (["spawn A", "mmap A r 64M"], 0),
        (["spawn A", "mmap A r 64M", "touch A r+8M 8M write"], 16),
        (["spawn A", "mmap A r 64M", "touch A r 8M write", "touch A r 4M read"], 8),
        (["spawn A", "mmap A r 4M", "touch A r -1 read"], 4),
        (["spawn A", "mmap A r 4M", "touch A r 4M read", "fork A B"], 8),
        (["spawn A", "mmap A r 4M", "mremap A r 4M 8M", "mlock A r 8M"], 8),
        (["spawn A", "mmap A r 4M", "mmap A s 2M", "mlockall A 1"], 6),
        (["spawn A", "mmap A r 4M", "madvise A r 4M populate_write"], 4),
        (["spawn A", "mmap A r 4M", "madvise A r 4M hugepage"], 0),
        (["touch A", "touch A r x y"], 0),
    ],
)
def test_the_memory_that_a_script_may_hold_at_most(lines, mib):
    assert memory_wanted(lines) == mib * MIB


def test_more_than_half_of_the_memory_is_refused():
    lines = ["spawn A", "mmap A r 9M", "touch A r 9M write"]
    check_memory(lines, 18 * MIB)
    with pytest.raises(UsageError, match="9 MiB; expected at most half of the 17 MiB"):
        check_memory(lines, 17 * MIB)


def test_what_is_left_without_settings_and_waiting():
    assert without_knobs(["spawn A", "write /x 1", "wait_khugepaged 1", "wake", "exit A"]) == ["spawn A", "exit A"]
