"""move_pages: single pages, and the question where they are."""

import pytest

from tests.mm.test_mempolicy import node, two_nodes
from tests.support import START, K, M
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.gup import pin
from thpsh.mm.mmap import munmap
from thpsh.mm.move_pages import move_pages
from thpsh.structs.vma import Vm


def pages(h, offset, length, to=None):
    found = move_pages(h.kernel, 0, h.task, (START + offset, START + offset + length), to)
    debug_vm(h.kernel)
    return found


def test_asking_splits_nothing_and_knows_holes_from_empty_pages():
    h = two_nodes("always")
    h.map(4 * M)
    h.write(0, 4 * K)
    assert pages(h, 0, 4 * M) == [(0, 512), (-Errno.ENOENT, 512)]
    assert pages(h, 4 * M - 8 * K, 16 * K) == [(-Errno.ENOENT, 2), (-Errno.EFAULT, 2)]
    assert h.slots(4 * M) == "H."


def test_moving_splits_the_huge_page_it_touches():
    h = two_nodes("always")
    h.map(4 * M)
    h.write(0, 4 * M)
    assert pages(h, 2 * M, 1 * M, 1) == [(1, 256)]
    assert h.slots(4 * M) == "HF"
    assert [node(h, page) for page in (512, 767, 768)] == [1, 1, 0]
    assert pages(h, 2 * M, 2 * M) == [(1, 256), (0, 256)]
    assert pages(h, 2 * M, 2 * M, 1) == [(1, 512)]


def test_each_page_that_stays_says_why():
    h = two_nodes()
    h.map(2 * M)
    h.write(0, 16 * K)
    pin(h.kernel, h.task, START, 4 * K)
    assert pages(h, 0, 16 * K, 1) == [(-Errno.EAGAIN, 1), (1, 3)]
    fork(h.kernel, h.task, "child")
    assert pages(h, 4 * K, 16 * K, 0) == [(-Errno.EACCES, 3), (-Errno.ENOENT, 1)]


def test_a_node_that_does_not_exist_is_no_device():
    h = two_nodes()
    h.map(2 * M)
    with pytest.raises(KernelError) as error:
        pages(h, 0, 2 * M, 5)
    assert error.value.errno is Errno.ENODEV


def test_pages_of_the_boot_image_are_dirty_and_cannot_be_written():
    h = two_nodes()
    init = h.kernel.tasks[1]
    text = next(vma for vma in h.task.mm.vmas if vma.file is not None and vma.flags & Vm.EXEC)
    other = next(vma for vma in init.mm.vmas if vma.file is text.file and vma.flags & Vm.EXEC)
    munmap(h.kernel, init, other.start, other.end - other.start)
    offset = text.start - START
    ((here, _),) = pages(h, offset, 4 * K)
    assert pages(h, offset, 4 * K, 1 - here) == [(-Errno.EINVAL, 1)]
