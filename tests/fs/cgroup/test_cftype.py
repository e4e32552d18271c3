"""Twin of thpsh/fs/cgroup/cftype.py."""

import pytest

from tests.support import host
from thpsh.errors import Errno, KernelError
from thpsh.fs.cgroup.cftype import simple_strtoull, written, written_number
from thpsh.fs.vfs import Vfs


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("42", (42, "")),
        ("0x1fg", (31, "g")),
        ("010", (8, "")),
        ("08", (0, "8")),
        ("0x", (0, "x")),
        ("", (0, "")),
        ("+4", (0, "+4")),
        ("18446744073709551617", (1, "")),
    ],
)
def test_a_number_begins_a_text(text: str, found: tuple[int, str]) -> None:
    assert simple_strtoull(text) == found


def test_blanks_around_what_is_written_do_not_count() -> None:
    assert written("  8M \n") == "8M"
    assert written_number("\t1\n") == 1
    assert written_number("\n") == 0


def test_a_write_of_64_bytes_is_too_long() -> None:
    assert written("1" * 63) == "1" * 63
    with pytest.raises(KernelError) as caught:
        written("1" * 64)
    assert caught.value.errno is Errno.E2BIG


def test_what_is_no_number_is_einval() -> None:
    with pytest.raises(KernelError) as caught:
        written_number("1 2")
    assert caught.value.errno is Errno.EINVAL


def test_a_file_that_is_only_written_cannot_be_read() -> None:
    with pytest.raises(KernelError) as caught:
        Vfs(host().machine).read("/cgroup/memory.force_empty")
    assert caught.value.errno is Errno.EINVAL
