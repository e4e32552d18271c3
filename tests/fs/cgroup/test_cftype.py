"""Twin of thpsh/fs/cgroup/cftype.py."""

from functools import partial

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


def test_a_number_of_64_bytes_is_too_long_and_so_is_a_string_of_63() -> None:
    assert written("1" * 62) == "1" * 62
    assert written_number("0" * 62 + "7") == 7
    for store in (partial(written, "1" * 63), partial(written_number, "0" * 64)):
        with pytest.raises(KernelError) as caught:
            store()
        assert caught.value.errno is Errno.E2BIG


@pytest.mark.parametrize("text", ["1 2", "one", "-1", ""])
def test_what_is_no_number_is_einval_and_so_is_a_write_of_nothing(text: str) -> None:
    with pytest.raises(KernelError) as caught:
        written_number(text)
    assert caught.value.errno is Errno.EINVAL


def test_root_may_open_a_file_that_is_only_read_but_what_he_writes_is_einval() -> None:
    files = Vfs(host().machine)
    for name in ("memory.stat", "memory.usage_in_bytes", "memory.numa_stat"):
        with pytest.raises(KernelError) as caught:
            files.write(f"/cgroup/{name}", "1")
        assert caught.value.errno is Errno.EINVAL


def test_a_file_that_is_only_written_cannot_be_read() -> None:
    with pytest.raises(KernelError) as caught:
        Vfs(host().machine).read("/cgroup/memory.force_empty")
    assert caught.value.errno is Errno.EINVAL
