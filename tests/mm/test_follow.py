import pytest

from tests.mm.layout import NONE, SHARED, R, placed, vma
from tests.support import START, K, M
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.follow import check_access, get_user_pages, make_pages_present, small_frames, touch_pages, wants_write
from thpsh.structs.bits import span
from thpsh.structs.vma import Vm


def small(size):
    h = placed(size)
    h.enabled("never")
    return h


def test_only_what_is_missing_is_faulted_in_and_becomes_young():
    h = small(64 * K)
    h.write(0, 16 * K)
    table = h.task.mm.pmds[START >> 21]
    table.young = table.dirty = 0
    before = h.task.min_flt
    get_user_pages(h.kernel, h.task, vma(h), START, START + 32 * K, write=True)
    debug_vm(h.kernel)
    assert h.task.min_flt == before + 4
    assert table.young == table.dirty == span(4, 8)


def test_all_pages_are_marked_used():
    h = small(64 * K)
    h.write(0, 64 * K)
    block = h.task.mm.pmds[START >> 21].runs[0][1]
    block.referenced = 0
    touch_pages(h.kernel, vma(h), START + 4 * K, START + 12 * K, write=False)
    assert block.referenced.bit_count() == 2


def test_a_page_without_dirty_entry_becomes_dirty_when_written():
    h = small(64 * K)
    h.write(0, 64 * K)
    table = h.task.mm.pmds[START >> 21]
    block = table.runs[0][1]
    table.dirty = span(0, 8)
    block.dirty = 0
    touch_pages(h.kernel, vma(h), START, START + 64 * K, write=True)
    assert block.dirty.bit_count() == 8


def test_a_huge_page_is_marked_in_its_pmd():
    h = placed(2 * M)
    h.write(0, 4 * K)
    entry = h.task.mm.pmds[START >> 21]
    entry.young = entry.dirty = False
    touch_pages(h.kernel, vma(h), START, START + 4 * K, write=False)
    assert (entry.young, entry.dirty) == (True, True)


def test_the_zero_page_has_no_frame_to_mark():
    h = small(64 * K)
    h.read(0, 8 * K)
    h.write(8 * K, 8 * K)
    table = h.task.mm.pmds[START >> 21]
    assert sum(frames.bit_count() for _, frames in small_frames(h.kernel, table, span(0, 16))) == 2


@pytest.mark.parametrize(("prot", "flags", "expected"), [(3, None, True), (R, None, False), (3, SHARED, False)])
def test_private_writable_memory_is_made_present_by_writing(prot, flags, expected):
    h = placed(1 * M, prot, *([] if flags is None else [flags]))
    assert wants_write(vma(h)) is expected


def test_access_must_be_allowed():
    h = placed(1 * M, NONE)
    with pytest.raises(KernelError) as error:
        check_access(vma(h), Vm.READ)
    assert error.value.errno is Errno.EFAULT
    vma(h).flags |= Vm.READ
    check_access(vma(h), Vm.READ)
    vma(h).flags |= Vm.IO
    with pytest.raises(KernelError):
        check_access(vma(h), Vm.READ)


def test_memory_without_access_is_not_populated():
    h = placed(2 * M, NONE)
    make_pages_present(h.kernel, h.task, vma(h), START, START + 2 * M)
    assert h.slots(2 * M) == "."
