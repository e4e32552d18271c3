"""Swap devices go, and what is on them comes back."""

import pytest

from tests.mm.groups import group
from tests.mm.ksm.pages import frame, mergeable, put, scan
from tests.mm.swapped import push_out, table, touched, with_swap
from tests.support import START, K, M, host, touch
from thpsh.boot import start_process
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fault import TouchMode
from thpsh.mm.fork import fork
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.swapoff import swapoff
from thpsh.mm.swapon import swapon
from thpsh.structs.page import Lru


def test_the_pages_of_all_processes_come_back():
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


def test_only_pages_that_have_left_the_lru_cache_become_active():
    h = with_swap()
    touched(h, 2 * M)
    push_out(h, 512)
    active = h.event("pgactivate")
    swapoff(h.kernel, h.task, "/dev/ram0")
    assert h.event("pgactivate") - active == h.event("pswpin") // 14  # the last of every 14
    h = with_swap(drained=True)
    touched(h, 2 * M)
    push_out(h, 512)
    active = h.event("pgactivate")
    swapoff(h.kernel, h.task, "/dev/ram0")
    assert h.event("pgactivate") - active == h.event("pswpin")
    assert h.kernel.zones[-1].lruvec.lists[Lru.ACTIVE_ANON].nr_pages >= 512


def test_the_size_of_the_device_must_be_had_as_memory():
    h = with_swap(512 * M, memory=128 * M)
    touched(h, 2 * M)
    push_out(h, 512)
    h.kernel.swap.free -= 400 * M // (4 * K)  # as if others had the rest
    with pytest.raises(KernelError) as caught:
        swapoff(h.kernel, h.task, "/dev/ram0")
    assert caught.value.errno is Errno.ENOMEM
    assert h.kernel.swap.devices[0].writable


def full(h):
    """Two processes that together need more than there is, one of them mostly in swap."""
    h.map(80 * M)
    h.write(0, 80 * M)
    other = start_process(h.machine, "other")
    h.map(80 * M, task=other)
    touch(h.kernel, other, START, 80 * M, TouchMode())
    return other


def test_where_memory_ends_the_caller_is_killed_and_the_device_stays_last_of_all():
    h = with_swap(128 * M, memory=128 * M)
    swapon(h.kernel, 4 * M)
    full(h)
    h.kernel.sysctl.overcommit_memory = 1
    with pytest.raises(KernelError) as caught:
        swapoff(h.kernel, h.task, "/dev/ram0")
    assert caught.value.errno is Errno.EINTR
    debug_vm(h.kernel)
    device = h.kernel.swap.devices[0]
    assert (device.writable, device.priority, h.kernel.swap.devices[1].priority) == (True, -2, -1)


def test_a_group_at_its_limit_loses_a_process_and_the_device_goes():
    h = with_swap(64 * M)
    cgroup_attach(h.kernel, group(h, limit=64 * K), h.task)
    touched(h, M)
    swapon(h.kernel, 4 * M)
    swapoff(h.kernel, h.kernel.tasks[1], "/dev/ram0")
    debug_vm(h.kernel)
    assert list(h.kernel.swap.devices) == [1]


def test_a_device_that_is_not_there():
    h = host()
    with pytest.raises(KernelError) as caught:
        swapoff(h.kernel, h.task, "/dev/ram0")
    assert caught.value.errno is Errno.EINVAL


def test_the_devices_behind_it_move_up():
    h = host()
    assert [swapon(h.kernel, 64 * K).name for _ in range(3)] == ["/dev/ram0", "/dev/ram1", "/dev/ram2"]
    swapoff(h.kernel, h.task, "/dev/ram0")
    assert [device.priority for device in h.kernel.swap.devices.values()] == [-1, -2]
    again = swapon(h.kernel, 64 * K)
    assert (again.name, again.priority, again.number) == ("/dev/ram0", -3, 0)
    assert list(h.kernel.swap.devices) == [0, 1, 2]


def test_a_merged_page_is_read_again_for_each_place_that_it_does_not_belong_to():
    h = mergeable(64 * K)
    swapon(h.kernel, 64 * M)
    put(h, 0, [5] * 4)
    scan(h, 3)
    lru_add_drain_all(h.kernel)
    push_out(h, 4)
    slots = h.kernel.swap.devices[0].inuse
    swapoff(h.kernel, h.task, "/dev/ram0")
    debug_vm(h.kernel)
    assert h.event("pswpin") == slots + 3
    assert len({frame(h, page) for page in range(4)}) == 4
