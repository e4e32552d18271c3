"""Swap devices come."""

import pytest

from tests.support import K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.swapoff import swapoff
from thpsh.mm.swapon import swapon


def test_the_log_says_what_was_added():
    h = host()
    swapon(h.kernel, 256 * M)
    assert h.machine.dmesg.lines[-1][1].rstrip() == (
        "Adding 262140k swap on /dev/ram0.  Priority:-1 extents:1 across:262140k"
    )


def test_the_first_name_that_is_free_is_taken():
    h = host()
    assert [swapon(h.kernel, 64 * K).name for _ in range(2)] == ["/dev/ram0", "/dev/ram1"]
    swapoff(h.kernel, h.task, "/dev/ram0")
    again = swapon(h.kernel, 64 * K)
    assert (again.name, again.priority, again.number) == ("/dev/ram0", -2, 0)


def test_a_device_without_room_for_a_page_is_refused():
    h = host()
    with pytest.raises(KernelError) as caught:
        swapon(h.kernel, 4 * K)
    assert caught.value.errno is Errno.EINVAL
