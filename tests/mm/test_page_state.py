import pytest

from tests.mm.hugetlb.stage import pool
from tests.mm.layout import SHARED, placed, vma
from tests.support import START, K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exec import program_file
from thpsh.mm.filemap import frames_behind
from thpsh.mm.gup import pin
from thpsh.mm.mmap import munmap
from thpsh.mm.page_flags import rare_flags
from thpsh.mm.page_state import act_on, list_of, on_lru, state_of, truncate_page, truncated
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.pins import get_page
from thpsh.structs.page import Lru
from thpsh.structs.page_cache import AddressSpace, File, FileKind


@pytest.fixture
def page():
    """A small page on the LRU, written once: the host, its pageblock and frame."""
    h = host(cmdline="transparent_hugepage=never")
    vma = h.map(64 * K)
    h.write(0, 4 * K)
    lru_add_drain_all(h.kernel)
    pages, block, shift = vma.mm.pmds[vma.start >> 21].runs[0]
    assert pages == 1
    return h, block, shift


def last(h):
    return h.machine.dmesg.lines[-1][1].partition(": ")[2]


def test_a_page_on_a_list_is_named_by_whether_it_is_dirty(page):
    h, block, frame = page
    assert list_of(block, frame) is Lru.ACTIVE_ANON
    assert state_of(h.kernel, block, frame) == "clean LRU"
    block.dirty |= 1 << frame
    assert state_of(h.kernel, block, frame) == "LRU"


def test_what_is_on_no_list_is_unknown_and_nothing_can_be_done(page):
    h, block, frame = page
    assert act_on(h.kernel, 0, block, frame, "LRU") == "Recovered"
    assert not on_lru(block, frame)
    assert not block.active >> frame & 1
    assert state_of(h.kernel, block, frame) == "unknown page state"
    assert act_on(h.kernel, 0, block, frame, "unknown page state") == "Failed"
    assert last(h) == "Unknown page state"


def test_a_dirty_page_of_the_swap_cache_waits_for_its_owner(page):
    h, block, frame = page
    rare_flags(h.kernel, block).swap[frame] = 0
    block.dirty |= 1 << frame
    assert state_of(h.kernel, block, frame) == "swapcache"
    assert act_on(h.kernel, 0, block, frame, "swapcache") == "Delayed"
    assert not block.dirty >> frame & 1


def test_a_huge_page_without_mappings_is_left_to_its_users():
    h = placed(2 * M)
    h.write(0, 4 * K)
    block = h.task.mm.pmds[START >> 21].block
    pin(h.kernel, h.task, START, 4 * K)
    munmap(h.kernel, h.task, START, 2 * M)
    assert state_of(h.kernel, block, 3) == "huge"
    assert act_on(h.kernel, 0, block, 3, "huge") == "Delayed"
    assert (on_lru(block, 0), on_lru(block, 3)) == (bool(block.lru), False)


def test_a_free_page_of_the_pool_is_taken_out_of_it():
    h = pool(1)
    block = h.kernel.hugetlb.nodes[0].free[0].block
    assert state_of(h.kernel, block, 3) == "huge"
    assert act_on(h.kernel, 0, block, 3, "huge") == "Recovered"
    assert act_on(h.kernel, 0, block, 3, "huge") == "Delayed"
    debug_vm(h.kernel)


def file_page(h, kind):
    """A clean page of a file that nobody maps: pageblock, frame."""
    file = File("f", kind, "08:01", 5, AddressSpace(swap_backed=False), 64 * K)
    h.kernel.tables.files["f"] = file
    h.map(64 * K, file=file)
    h.read(0, 64 * K)
    munmap(h.kernel, h.task, START, 64 * K)
    lru_add_drain_all(h.kernel)
    _, block, shift = frames_behind(h.kernel, file.mapping, 0, 1)[0]
    return file.mapping, block, shift


@pytest.mark.parametrize("dirty", [False, True])
def test_a_page_of_a_file_on_disk_is_cut_out_whatever_was_written_to_it(dirty):
    h = host()
    mapping, block, frame = file_page(h, FileKind.REGULAR)
    block.dirty |= dirty << frame
    get_page(h.kernel, block, frame)
    assert act_on(h.kernel, 0, block, frame, "LRU") == "Recovered"
    assert (mapping.nr_pages, block.dirty >> frame & 1) == (15, 0)
    debug_vm(h.kernel)


@pytest.mark.parametrize(("dirty", "outcome"), [(False, "Recovered"), (True, "Failed")])
def test_a_block_device_gives_up_clean_pages_only(dirty, outcome):
    h = host()
    mapping, block, frame = file_page(h, FileKind.BLOCKDEV)
    block.dirty |= dirty << frame
    get_page(h.kernel, block, frame)
    assert act_on(h.kernel, 0, block, frame, "LRU") == outcome
    assert mapping.nr_pages == (16 if dirty else 15)
    if dirty:
        assert last(h) == "Failed to invalidate"


def test_the_boot_image_has_no_other_copy():
    h = host()
    mapping = program_file(h.kernel).mapping
    _, block, shift = frames_behind(h.kernel, mapping, 0, 0b10)[0]
    lru_add_drain_all(h.kernel)
    assert act_on(h.kernel, 0, block, 1 + shift, "unevictable LRU") == "Failed"
    assert last(h) == "Failed to invalidate"


def test_a_pinned_page_of_a_file_that_is_gone_is_truncated():
    h = placed(64 * K, flags=SHARED)
    h.write(0, 64 * K)
    mapping = vma(h).file.mapping
    _, block, shift = frames_behind(h.kernel, mapping, 0, 1)[0]
    assert not truncated(block, shift)
    pin(h.kernel, h.task, START, 4 * K)
    munmap(h.kernel, h.task, START, 64 * K)
    assert truncated(block, shift)


def test_truncation_frees_a_page_that_nobody_else_has():
    h = host()
    mapping, block, frame = file_page(h, FileKind.REGULAR)
    truncate_page(h.kernel, 0, (block, frame), mapping, 0)
    debug_vm(h.kernel)
    assert block.pcp >> frame & 1
