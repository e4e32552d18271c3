"""Memory errors that nobody has named by an address: pages of all kinds, with and without a reference."""

import pytest

from tests.mm.failing import huge, log, small, swapped_in
from tests.mm.layout import FIXED, R, place, placed
from tests.support import START, K, M, host
from thpsh.boot import start_process
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exec import program_file
from thpsh.mm.exit import do_exit
from thpsh.mm.filemap import frames_behind
from thpsh.mm.frames import frame_at
from thpsh.mm.gup import pin, unpin
from thpsh.mm.madvise import madvise
from thpsh.mm.memory_failure import Taken, memory_failure, page_of, shake_page
from thpsh.mm.mman import Madv, Map
from thpsh.mm.mmap import munmap
from thpsh.mm.page_flags import poisoned, rare_flags
from thpsh.mm.page_kind import PageKind, kind_of
from thpsh.mm.page_state import on_lru
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.pcp import drain_pages
from thpsh.structs.page import ZERO_PFN
from thpsh.structs.page_cache import AddressSpace, File, FileKind


def hit(h, pfn, taken=Taken.NOTHING):
    """Let a page fail as a machine check does; the errno, if there is one."""
    try:
        memory_failure(h.kernel, 0, pfn, taken)
    except KernelError as error:
        return error.errno
    finally:
        debug_vm(h.kernel)
    return None


def behind(h, page=0):
    block, frame = frame_at(h.kernel, h.task.mm.pmds[START >> 21], page)
    return block.start_pfn + frame


def test_there_must_be_a_page():
    h = host()
    assert hit(h, 1 << 40) is Errno.ENXIO
    assert log(h, 1) == ["memory outside kernel control"]
    assert h.kernel.totals.hwpoison_pages == 0


def test_a_free_page_is_only_flagged():
    h = host()
    first = h.kernel.zones[-1].area.virgin[0][0] << 9
    drain_pages(h.kernel, 0)
    free = h.kernel.zones[-1].free
    assert hit(h, first + 3) is None
    assert log(h, 1) == ["free buddy page recovery: Delayed"]
    assert hit(h, first + 4, Taken.CLAIMED) is None
    assert log(h, 1) == ["free buddy, 2nd try page recovery: Delayed"]
    assert (h.kernel.zones[-1].free, h.kernel.totals.hwpoison_pages) == (free, 2)
    assert hit(h, first + 3) is None
    assert log(h, 1) == ["already hardware poisoned"]


def test_a_free_page_in_a_list_of_a_cpu_looks_like_one_of_the_kernel():
    h = small()
    block, start, _ = next(run for held in h.kernel.zones[-1].pcp[0].lists for run in held.runs)
    assert hit(h, block.start_pfn + start) is Errno.EBUSY
    assert log(h, 1) == ["high order kernel page recovery: Ignored"]
    assert hit(h, block.start_pfn + start + 1, Taken.CLAIMED) is None
    assert log(h, 1) == ["free buddy, 2nd try page recovery: Delayed"]


@pytest.mark.parametrize("taken", [Taken.NOTHING, Taken.CLAIMED])
def test_pages_of_the_kernel_are_on_no_list(taken):
    h = small()
    held = next(zone.held[0][0] for zone in h.kernel.zones if zone.held)
    for pfn in (0, ZERO_PFN, held, h.task.mm.pgd_page, h.task.mm.pmds[START >> 21].pfn):
        assert hit(h, pfn, taken) is Errno.EBUSY
        assert log(h, 1) == ["non LRU page recovery: Ignored"]
    do_exit(h.kernel, h.task)
    debug_vm(h.kernel)
    lost = sum(
        block.rare.lost.bit_count() for zone in h.kernel.zones for block in zone.pageblocks.values() if block.rare
    )
    assert lost == 2, "the page tables"


def test_a_page_in_use_needs_no_process_to_name_it():
    h = small()
    assert hit(h, behind(h, 3)) is None
    assert log(h, 1) == ["dirty LRU page recovery: Recovered"]
    assert h.read(12 * K, 4 * K, caught=True).signal == "SIGBUS"


def test_without_a_reference_the_page_is_gone_before_it_is_looked_at():
    h = small()
    pfn = behind(h, 3)
    assert hit(h, pfn, Taken.CLAIMED) is Errno.EBUSY
    assert log(h, 3) == [
        "Unknown page state",
        "dirty unknown page state page recovery: Failed",
        "unknown page state page still referenced by -1 users",
    ]
    assert kind_of(h.kernel, pfn) is PageKind.LOST
    assert h.read(12 * K, 4 * K, caught=True).signal == "SIGBUS"


def test_a_cached_page_without_a_reference_is_recovered_and_counted_as_in_use():
    h = placed(4 * K)
    file = File("f", FileKind.REGULAR, "00:01", 5, AddressSpace(swap_backed=False), 64 * K)
    place(h, 2 * M, 64 * K, R, FIXED & ~Map.ANONYMOUS, file)
    h.read(2 * M, 64 * K)
    munmap(h.kernel, h.task, START + 2 * M, 64 * K)
    lru_add_drain_all(h.kernel)
    _, block, shift = frames_behind(h.kernel, file.mapping, 0, 1)[0]
    assert hit(h, block.start_pfn + shift, Taken.CLAIMED) is Errno.EBUSY
    assert log(h, 2) == [
        "clean LRU page recovery: Recovered", "clean LRU page still referenced by -1 users",
    ]  # fmt: skip
    assert (file.mapping.nr_pages, kind_of(h.kernel, block.start_pfn + shift)) == (15, PageKind.LOST)


def test_the_hardware_holds_the_head_of_a_huge_page_and_its_tail_is_lost():
    h = huge()
    lru_add_drain_all(h.kernel)
    block = h.task.mm.pmds[START >> 21].block
    assert hit(h, block.start_pfn + 3) is Errno.EBUSY
    assert log(h, 1) == ["unknown page state page still referenced by -1 users"]
    assert (kind_of(h.kernel, block.start_pfn + 3), block.rare.pins) == (PageKind.LOST, {0: 1})
    assert h.slots(2 * M) == "P"


def test_a_huge_page_that_is_only_pinned_cannot_be_split():
    h = huge()
    lru_add_drain_all(h.kernel)
    block = h.task.mm.pmds[START >> 21].block
    pin(h.kernel, h.task, START + 8 * K, 4 * K)
    munmap(h.kernel, h.task, START, 2 * M)
    assert hit(h, block.start_pfn + 5) is Errno.EBUSY
    assert log(h, 2) == ["huge page recovery: Delayed", "huge page still referenced by 1 users"]
    unpin(h.kernel, h.task)
    debug_vm(h.kernel)
    assert block.huge, "the reference to its head stays for good"


def test_a_merged_page_cannot_be_unmapped():
    h = small()
    block, frame = frame_at(h.kernel, h.task.mm.pmds[START >> 21], 0)
    rare_flags(h.kernel, block).ksm |= 1 << frame
    with pytest.raises(KernelError, match="EBUSY"):
        memory_failure(h.kernel, 0, block.start_pfn + frame)
    assert log(h, 1) == ["cannot unmap page, give up"]


def test_a_pinned_page_of_a_file_that_is_gone_is_left_alone():
    h = small(flags=Map.SHARED | Map.ANONYMOUS | Map.FIXED)
    pfn = behind(h)
    pin(h.kernel, h.task, START, 4 * K)
    munmap(h.kernel, h.task, START, 64 * K)
    assert hit(h, pfn) is Errno.EBUSY
    assert log(h, 1) == ["dirty already truncated LRU page recovery: Ignored"]


def test_a_page_of_the_boot_image_stays_and_kills_who_reads_it():
    h = host()
    mapping = program_file(h.kernel).mapping
    _, block, shift = frames_behind(h.kernel, mapping, 0, 0b10)[0]
    assert hit(h, block.start_pfn + 1 + shift) is Errno.EBUSY
    assert log(h, 3) == [
        "Failed to invalidate",
        "dirty LRU page recovery: Failed",
        "LRU page still referenced by 1 users",
    ]
    with pytest.raises(KernelError, match="EFAULT"):
        start_process(h.machine, "other")
    debug_vm(h.kernel)
    assert h.kernel.tasks[max(h.kernel.tasks)].killed_by == "SIGBUS"


def test_a_clean_page_of_the_swap_cache_comes_back_from_swap():
    h, block, frame = swapped_in()
    assert hit(h, block.start_pfn + frame) is None
    assert log(h, 2) == ["keeping poisoned page in swap cache", "swapcache page recovery: Recovered"]
    found = h.read(0, 4 * K)
    assert (found.signal, found.major) == ("", 1)


def test_without_a_reference_it_is_free_as_soon_as_it_leaves_the_swap_cache():
    h, block, frame = swapped_in()
    assert hit(h, block.start_pfn + frame, Taken.CLAIMED) is Errno.EBUSY
    assert log(h, 2) == ["swapcache page recovery: Failed", "swapcache page still referenced by -1 users"]
    assert kind_of(h.kernel, block.start_pfn + frame) is PageKind.LOST
    assert h.read(0, 4 * K).signal == ""


def test_a_dirty_page_of_the_swap_cache_waits_for_who_comes_for_it():
    h, block, frame = swapped_in()
    block.dirty |= 1 << frame
    assert hit(h, block.start_pfn + frame) is None
    assert log(h, 1) == ["swapcache page recovery: Delayed"]
    assert h.read(0, 4 * K, caught=True).signal == "SIGBUS"
    munmap(h.kernel, h.task, START, 2 * M)
    debug_vm(h.kernel)


def test_what_the_filter_keeps_away_is_as_if_nothing_had_happened():
    h = small()
    h.kernel.hwpoison_filter.enable = 1
    h.kernel.hwpoison_filter.dev_major = 8
    madvise(h.kernel, h.task, START + 12 * K, 4 * K, Madv.HWPOISON)
    debug_vm(h.kernel)
    assert h.kernel.totals.hwpoison_pages == 0
    assert h.read(12 * K, 4 * K).signal == ""
    assert hit(h, behind(h, 3)) is None
    assert poisoned(frame_at(h.kernel, h.task.mm.pmds[START >> 21], 3)[0]) == 0


def test_a_page_can_be_named_that_has_no_object_yet():
    h = host()
    first = h.kernel.zones[-1].area.virgin[0][0]
    block, frame = page_of(h.kernel, (first << 9) + 7)
    assert (block.index, frame) == (first, 7)


def test_shaking_brings_pages_to_their_lists():
    h = placed(64 * K)
    h.enabled("never")
    h.write(0, 64 * K)
    block, frame = frame_at(h.kernel, h.task.mm.pmds[START >> 21], 15)
    assert block.pagevec >> frame & 1
    shake_page(h.kernel, block.start_pfn + frame)
    assert on_lru(block, frame)
