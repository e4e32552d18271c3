from tests.mm.layout import placed
from tests.support import START, K, M
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit
from thpsh.mm.frames import pfn_to_block
from thpsh.mm.mmap import munmap
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.pins import get_page, get_pages, put_page, put_pages, unpin_all


def huge():
    h = placed(2 * M)
    h.write(0, 4 * K)
    lru_add_drain_all(h.kernel)
    return h, h.task.mm.pmds[START >> 21].block


def test_references_are_counted_by_frame_and_process():
    h, block = huge()
    get_pages(h.kernel, h.task, [(block, 0b101), (block, 0b100)])
    assert block.rare.pins == {0: 1, 2: 2}
    assert h.task.pins == [(block, 0), (block, 2), (block, 2)]


def test_only_held_references_can_be_given_back():
    h, block = huge()
    get_pages(h.kernel, h.task, [(block, 0b11)])
    assert put_pages(h.kernel, h.task, [(block, 0b110)]) == 1
    assert block.rare.pins == {0: 1}


def test_a_pinned_huge_page_outlives_its_mapping():
    h, block = huge()
    free = h.kernel.zones[-1].free
    get_pages(h.kernel, h.task, [(block, 0b10)])
    munmap(h.kernel, h.task, START, 2 * M)
    debug_vm(h.kernel)
    assert block.huge
    assert unpin_all(h.kernel, h.task) == 1
    debug_vm(h.kernel)
    assert h.kernel.zones[-1].free >= free + 512


def test_exit_gives_references_back():
    h, block = huge()
    get_pages(h.kernel, h.task, [(block, 0b10)])
    do_exit(h.kernel, h.task)
    debug_vm(h.kernel)
    assert h.task.pins == []


def test_single_references_to_pages_of_users_and_of_the_kernel():
    h, block = huge()
    get_page(h.kernel, block, 3)
    munmap(h.kernel, h.task, START, 2 * M)
    put_page(h.kernel, 0, block, 3)
    debug_vm(h.kernel)
    assert not block.huge
    table = pfn_to_block(h.kernel, h.task.mm.pgd_page)
    frame = h.task.mm.pgd_page % 512
    get_page(h.kernel, table, frame)
    get_page(h.kernel, table, frame)
    put_page(h.kernel, 0, table, frame)
    assert table.rare.pins == {frame: 1}
    put_page(h.kernel, 0, table, frame)
    assert (table.rare.pins, table.tables >> frame & 1) == ({}, 1)
    debug_vm(h.kernel)
