import pytest

from tests.mm.layout import place
from tests.support import K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.brk import do_brk
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.fork import fork
from thpsh.mm.mman import Map
from thpsh.mm.mmap import MapRequest, brk, mmap
from thpsh.structs.vma import Vm

END = 0x4F4000  # of the heap of a program that has just started


def heap(task):
    return [(v.start, v.end) for v in task.mm.vmas if task.mm.start_brk <= v.start < task.mm.start_brk + (1 << 30)]


def test_zero_asks_where_the_end_is():
    h = host()
    assert brk(h.kernel, h.task, 0) == END


def test_the_heap_grows_and_shrinks():
    h = host()
    assert brk(h.kernel, h.task, END + 6 * M) == END + 6 * M
    assert heap(h.task) == [(0x420000, END + 6 * M)]
    assert brk(h.kernel, h.task, END + 1 * M) == END + 1 * M
    assert heap(h.task) == [(0x420000, END + 1 * M)]
    assert h.task.mm.brk == END + 1 * M
    debug_vm(h.kernel)


def test_part_of_a_page_maps_the_page_and_keeps_the_byte():
    h = host()
    assert brk(h.kernel, h.task, END + 100) == END + 100
    assert heap(h.task) == [(0x420000, END + 4 * K)]
    assert brk(h.kernel, h.task, END + 200) == END + 200
    assert heap(h.task) == [(0x420000, END + 4 * K)]


def test_below_its_start_and_into_a_mapping_the_heap_stays():
    h = host()
    assert brk(h.kernel, h.task, 0x400000) == END
    mmap(h.kernel, h.task, MapRequest(END + 1 * M, 4 * K, 3, Map.PRIVATE | Map.ANONYMOUS | Map.FIXED))
    assert brk(h.kernel, h.task, END + 1 * M) == END  # the page after the heap must be free, too
    assert brk(h.kernel, h.task, END + 1 * M - 4 * K) == END + 1 * M - 4 * K


def test_a_fork_child_gets_a_second_heap_vma():
    # reg-brk and the README of the recordings: the heap is two VMAs after brk.
    h = host()
    child = fork(h.kernel, h.task, "child")
    brk(h.kernel, child, END + 2 * M)
    assert heap(child) == [(0x420000, END), (END, END + 2 * M)]
    brk(h.kernel, child, END + 6 * M)
    assert heap(child) == [(0x420000, END), (END, END + 6 * M)]


def test_growth_of_a_touched_heap_registers_with_khugepaged():
    h = host()
    h.enabled("never")
    brk(h.kernel, h.task, END + 1 * M)
    touch(h.kernel, h.task, END, 1 * M, TouchMode())
    h.enabled("always")
    assert not h.task.mm.khugepaged
    brk(h.kernel, h.task, END + 6 * M)
    assert h.task.mm.khugepaged


def test_a_locked_heap_grows_locked_and_present():
    h = host()
    h.enabled("never")
    h.task.mm.def_flags = Vm.LOCKED
    rss = h.task.mm.anon_rss
    brk(h.kernel, h.task, END + 1 * M)
    assert h.task.mm.anon_rss == rss + 256
    assert h.task.mm.locked_vm == 256


def test_do_brk_replaces_what_is_mapped_there():
    h = host()
    place(h, 0, 1 * M, 1)
    start = h.task.mm.find_vma(1 << 44).start
    do_brk(h.kernel, h.task, h.task.mm, start, start + 4 * K)
    assert h.task.mm.vma_at(start).flags == Vm.DATA_DEFAULT | Vm.ACCOUNT


def test_do_brk_keeps_to_max_map_count():
    h = host()
    h.kernel.sysctl.max_map_count = 2
    with pytest.raises(KernelError) as error:
        do_brk(h.kernel, h.task, h.task.mm, 1 << 44, (1 << 44) + 4 * K)
    assert error.value.errno is Errno.ENOMEM
    assert brk(h.kernel, h.task, END + 1 * M) == END
