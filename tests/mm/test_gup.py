from dataclasses import replace

import pytest

from tests.mm.layout import NONE, R, place, placed, vma
from tests.support import START, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.gup import pin, unpin
from thpsh.mm.mmap import munmap
from thpsh.structs.page import STACK_TOP
from thpsh.structs.page_table import HugePmd


def take(h, offset, size, task=None, *, write=False):
    report = pin(h.kernel, task or h.task, START + offset, size, write=write)
    debug_vm(h.kernel)
    return report.pages


def pins(h, offset=0):
    """Frames of the slot's pageblock with their references."""
    entry = h.task.mm.pmds[(START + offset) >> 21]
    block = entry.block if isinstance(entry, HugePmd) else entry.runs[0][1]
    return block.rare.pins if block.rare is not None else {}


def test_pages_of_a_huge_page_are_counted_one_by_one():
    h = placed(2 * M)
    h.write(0, 4 * K)
    assert take(h, 4 * K, 8 * K) == 2
    assert pins(h) == {1: 1, 2: 1}
    assert take(h, 8 * K, 4 * K) == 1
    assert pins(h) == {1: 1, 2: 2}
    assert h.slots(2 * M) == "H"


def test_a_range_is_widened_to_whole_pages():
    h = placed(2 * M)
    h.write(0, 4 * K)
    assert take(h, 4 * K - 1, 2) == 2


def test_a_look_marks_the_page_used_but_not_the_entry():
    h = placed(2 * M)
    h.write(0, 4 * K)
    entry = h.task.mm.pmds[START >> 21]
    entry.young = False
    entry.block.referenced = 0
    take(h, 4 * K, 4 * K)
    assert entry.block.referenced == 1  # the head's flag
    assert not entry.young


def test_before_commit_23_it_marked_nothing():
    h = placed(2 * M)
    h.write(0, 4 * K)
    block = h.task.mm.pmds[START >> 21].block
    block.referenced = 0
    h.kernel.features = replace(h.kernel.features, secondary_young=False)
    take(h, 4 * K, 4 * K)
    assert block.referenced == 0


def test_what_is_missing_is_faulted_in():
    h = placed(4 * M)
    h.enabled("never")
    h.write(0, 4 * K)
    before = h.task.min_flt
    assert take(h, 0, 16 * K, write=True) == 4
    assert h.task.min_flt == before + 3
    assert h.task.mm.pmds[START >> 21].present == 0b1111


def test_a_read_of_untouched_memory_pins_the_zero_page():
    h = placed(2 * M)
    h.enabled("never")
    assert take(h, 0, 8 * K) == 2
    assert h.task.pins == []
    assert h.slots(2 * M) == "z"


def test_writing_copies_a_shared_page_first():
    h = placed(2 * M)
    h.enabled("never")
    h.write(0, 16 * K)
    child = fork(h.kernel, h.task, "child")
    assert take(h, 0, 4 * K, child) == 1
    assert child.mm.pmds[START >> 21].writable == 0
    assert take(h, 0, 4 * K, child, write=True) == 1
    assert child.mm.pmds[START >> 21].writable == 1


def test_a_pin_follows_the_page_not_the_process():
    # fork-pinned: the writer gets the copy, the pinned page stays with the child
    h = placed(2 * M)
    h.write(0, 4 * K)
    take(h, 4 * K, 4 * K)
    block = h.task.mm.pmds[START >> 21].block
    child = fork(h.kernel, h.task, "child")
    h.write(4 * K, 4 * K)
    assert h.task.mm.pmds[START >> 21].block is not block
    assert child.mm.pmds[START >> 21].block is block
    assert block.rare.pins == {1: 1}


def test_the_walk_stops_at_a_hole():
    h = placed(8 * K)
    report = pin(h.kernel, h.task, START, 16 * K, write=True)
    assert (report.wanted, report.pages) == (4, 2)


@pytest.mark.parametrize(("prot", "write"), [(NONE, False), (R, True)])
def test_without_access_nothing_is_pinned(prot, write):
    h = placed(8 * K, prot)
    with pytest.raises(KernelError) as error:
        pin(h.kernel, h.task, START, 8 * K, write=write)
    assert error.value.errno is Errno.EFAULT


def test_an_unmapped_address_is_efault():
    h = host()
    with pytest.raises(KernelError) as error:
        pin(h.kernel, h.task, START, 4 * K)
    assert error.value.errno is Errno.EFAULT


def test_the_stack_grows_for_a_pin():
    h = host()
    assert pin(h.kernel, h.task, STACK_TOP - 1 * M, 4 * K, write=True).pages == 1
    debug_vm(h.kernel)


def test_a_pin_goes_over_slots_and_vmas():
    h = placed(4 * M)
    h.write(0, 4 * M)
    place(h, 4 * M, 2 * M, R)
    assert take(h, 1 * M, 4 * M) == 1024
    assert len(h.task.pins) == 1024
    assert vma(h, 4 * M).anon_vma is not None


def test_pages_come_free_when_the_pin_goes():
    h = placed(64 * K)
    h.enabled("never")
    h.write(0, 64 * K)
    free = h.kernel.zones[-1].free
    take(h, 0, 8 * K)
    block = h.task.pins[0][0]
    munmap(h.kernel, h.task, START, 64 * K)
    owned = sum(owner.mask.bit_count() for owner in block.owners)
    assert unpin(h.kernel, h.task) == 2
    assert sum(owner.mask.bit_count() for owner in block.owners) <= owned
    debug_vm(h.kernel)
    assert h.kernel.zones[-1].free >= free
    assert h.task.pins == []


def test_unpin_of_a_range_drops_what_is_mapped_there():
    h = placed(2 * M)
    h.write(0, 4 * K)
    take(h, 0, 16 * K)
    take(h, 4 * K, 4 * K)
    assert unpin(h.kernel, h.task, START + 4 * K, 8 * K) == 2
    assert pins(h) == {0: 1, 1: 1, 3: 1}
    assert unpin(h.kernel, h.task) == 3
    assert unpin(h.kernel, h.task) == 0
