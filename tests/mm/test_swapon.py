"""Swap devices come and go."""

import pytest

from tests.mm.swapped import push_out, table, touched, with_swap
from tests.support import K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.swapon import swapoff, swapon
from thpsh.structs.page import Lru


def test_the_log_says_what_was_added():
    h = host()
    swapon(h.kernel, 256 * M)
    assert h.machine.dmesg.lines[-1][1].rstrip() == (
        "Adding 262140k swap on /dev/ram0.  Priority:-1 extents:1 across:262140k"
    )


def test_the_pages_of_all_processes_come_back_and_are_active():
    h = with_swap()
    touched(h, 2 * M)
    push_out(h, 512)
    child = fork(h.kernel, h.task, "child")
    swapoff(h.kernel, h.task, "/dev/ram0")
    debug_vm(h.kernel)
    assert (h.task.mm.swap_ents, child.mm.swap_ents, table(h).swapped) == (0, 0, None)
    assert table(h).present.bit_count() == 512
    assert child.mm.anon_rss >= 512
    assert (h.kernel.swap.total, h.kernel.swap.free, h.kernel.swap.cached) == (0, 0, 0)
    assert h.kernel.zones[-1].lruvec.lists[Lru.ACTIVE_ANON].nr_pages >= 512


def test_a_device_that_does_not_fit_into_memory_stays():
    h = with_swap()
    touched(h, 2 * M)
    push_out(h, 512)
    for zone in h.kernel.zones:
        zone.free = 0
    with pytest.raises(KernelError) as caught:
        swapoff(h.kernel, h.task, "/dev/ram0")
    assert caught.value.errno is Errno.ENOMEM
    assert h.kernel.swap.devices[0].writable


def test_a_device_that_is_not_there():
    h = host()
    with pytest.raises(KernelError) as caught:
        swapoff(h.kernel, h.task, "/dev/ram0")
    assert caught.value.errno is Errno.EINVAL


def test_the_first_name_that_is_free_is_taken():
    h = host()
    assert [swapon(h.kernel, 64 * K).name for _ in range(2)] == ["/dev/ram0", "/dev/ram1"]
    swapoff(h.kernel, h.task, "/dev/ram0")
    again = swapon(h.kernel, 64 * K)
    assert (again.name, again.priority, again.number) == ("/dev/ram0", -3, 0)
