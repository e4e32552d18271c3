"""Regular files named at mmap."""

import pytest

from tests.commands.typed import with_app
from thpsh.commands.files import file_named
from thpsh.errors import Errno, KernelError, UsageError


def test_a_file_is_made_once_and_only_grows():
    kernel = with_app().session.machine.kernel
    with file_named(kernel, "data", 8192) as first:
        assert (first.name, first.length) == ("/data", 8192)
    with file_named(kernel, "/data", 4096) as second:
        assert second is first
    assert first.length == 8192


def test_a_file_that_cannot_be_mapped_is_as_before():
    kernel = with_app().session.machine.kernel
    inode = kernel.totals.next_inode
    with pytest.raises(KernelError), file_named(kernel, "data", 8192):
        raise KernelError(Errno.ENOMEM)
    assert "/data" not in kernel.tables.files
    assert kernel.totals.next_inode == inode


@pytest.mark.parametrize("name", ["/proc/x", "/sys/x", "a b"])
def test_a_name_that_no_regular_file_has_is_refused(name):
    with (
        pytest.raises(UsageError, match="expected the name of a regular file"),
        file_named(with_app().session.machine.kernel, name, 1),
    ):
        pass
