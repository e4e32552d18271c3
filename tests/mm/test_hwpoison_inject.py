"""Memory errors on demand, and pages declared healthy again."""

import pytest

from tests.mm.failing import small
from tests.mm.layout import placed
from tests.support import START, K, M, host
from thpsh.errors import Errno, KernelError, KernelPanic
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit
from thpsh.mm.frames import frame_at
from thpsh.mm.gup import pin, unpin
from thpsh.mm.hwpoison_inject import hwpoison_inject, unpoison_memory
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.mm.mmap import munmap
from thpsh.mm.page_alloc import alloc_small
from thpsh.mm.page_flags import poisoned, rare_flags
from thpsh.mm.page_kind import PageKind, kind_of, page_count
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.pcp import drain_pages
from thpsh.structs.page import Gfp


def pfn_of(h, page=0):
    block, frame = frame_at(h.kernel, h.task.mm.pmds[START >> 21], page)
    return block.start_pfn + frame


def last(h, lines=1):
    return [text for _, text in h.machine.dmesg.lines[-lines:]]


def inject(h, pfn):
    try:
        hwpoison_inject(h.kernel, pfn)
    except KernelError as error:
        return error.errno
    finally:
        debug_vm(h.kernel)
    return None


def unpoison(h, pfn):
    unpoison_memory(h.kernel, pfn)
    debug_vm(h.kernel)


def test_the_log_names_the_page():
    h = small()
    pfn = pfn_of(h)
    assert inject(h, pfn) is Errno.EBUSY
    assert last(h, 4)[0] == f"Injecting memory failure at pfn {pfn:x}"


def test_without_recovery_the_trap_is_that_of_a_machine_check():
    h = host()
    h.kernel.sysctl.memory_failure_recovery = 0
    with pytest.raises(KernelPanic, match="Memory failure from trap 18 on page 5"):
        hwpoison_inject(h.kernel, 5)


def test_with_the_filter_on_there_is_a_reference_and_the_page_is_recovered():
    h = small()
    h.kernel.hwpoison_filter.enable = 1
    pfn = pfn_of(h, 3)
    assert inject(h, pfn) is None
    assert last(h, 2) == [
        f"Injecting memory failure at pfn {pfn:x}",
        f"MCE {pfn:#x}: dirty LRU page recovery: Recovered",
    ]


def test_with_the_filter_on_free_pages_and_those_of_the_kernel_are_left_alone():
    h = small()
    h.kernel.hwpoison_filter.enable = 1
    lines = len(h.machine.dmesg.lines)
    free = h.kernel.zones[-1].area.virgin[0][0] << 9
    assert [inject(h, pfn) for pfn in (free, h.task.mm.pgd_page)] == [None, None]
    assert inject(h, 1 << 40) is Errno.ENXIO
    assert len(h.machine.dmesg.lines) == lines
    assert page_count(h.kernel, h.task.mm.pgd_page) == 2, "the reference was not given back"
    do_exit(h.kernel, h.task)
    debug_vm(h.kernel)


def test_what_does_not_pass_keeps_the_reference():
    h = small()
    h.kernel.hwpoison_filter.enable = 1
    h.kernel.hwpoison_filter.dev_major = 8
    pfn = pfn_of(h)
    assert inject(h, pfn) is None
    munmap(h.kernel, h.task, START, 64 * K)
    debug_vm(h.kernel)
    assert (kind_of(h.kernel, pfn), page_count(h.kernel, pfn)) == (PageKind.USER, 1)


def test_the_tail_of_a_huge_page_is_on_no_list():
    h = placed(2 * M)
    h.write(0, 4 * K)
    lru_add_drain_all(h.kernel)
    h.kernel.hwpoison_filter.enable = 1
    block = h.task.mm.pmds[START >> 21].block
    assert inject(h, block.start_pfn + 1) is None
    assert (poisoned(block), block.rare.pins) == (0, {0: 1})


def test_a_page_that_was_kept_is_free_again():
    h = small()
    pfn = pfn_of(h, 3)
    madvise(h.kernel, h.task, START + 12 * K, 4 * K, Madv.HWPOISON)
    unpoison(h, pfn)
    assert last(h) == [f"MCE: Software-unpoisoned page {pfn:#x}"]
    assert (kind_of(h.kernel, pfn), h.kernel.totals.hwpoison_pages) == (PageKind.PCP, 0)
    assert h.read(12 * K, 4 * K, caught=True).signal == "SIGBUS", "the entry is still there"


def test_of_a_huge_page_one_page_is_given_back_where_512_were_counted():
    h = placed(2 * M)
    h.write(0, 4 * K)
    block = h.task.mm.pmds[START >> 21].block
    madvise(h.kernel, h.task, START + 12 * K, 4 * K, Madv.HWPOISON)
    unpoison(h, block.start_pfn + 3)
    assert h.kernel.totals.hwpoison_pages == 511


def test_a_free_page_is_as_good_as_before():
    h = host()
    first = h.kernel.zones[-1].area.virgin[0][0] << 9
    assert inject(h, first + 5) is None
    unpoison(h, first + 5)
    assert last(h) == [f"MCE: Software-unpoisoned free page {first + 5:#x}"]
    assert (kind_of(h.kernel, first + 5), h.kernel.totals.hwpoison_pages) == (PageKind.BUDDY, 0)
    drain_pages(h.kernel, 0)
    taken = sum(run[2] for run in alloc_small(h.kernel, 0, 600, Gfp.HIGHUSER_MOVABLE))
    assert taken == 600
    assert not any(
        block.rare is not None and block.rare.lost for zone in h.kernel.zones for block in zone.pageblocks.values()
    )


def test_a_page_that_the_allocator_refused_has_no_way_back():
    h = small()
    pfn = pfn_of(h)
    assert inject(h, pfn) is Errno.EBUSY
    unpoison(h, pfn)
    assert last(h) == [f"MCE: Software-unpoisoned free page {pfn:#x}"]
    assert kind_of(h.kernel, pfn) is PageKind.LOST


def test_a_healthy_page_is_told_so():
    h = small()
    unpoison(h, pfn_of(h))
    assert last(h) == [f"MCE: Page was already unpoisoned {pfn_of(h):#x}"]
    with pytest.raises(KernelError, match="ENXIO"):
        unpoison_memory(h.kernel, 1 << 40)


def test_a_huge_page_that_could_not_be_split_keeps_the_flag_of_its_tail():
    h = placed(2 * M)
    h.write(0, 4 * K)
    block = h.task.mm.pmds[START >> 21].block
    pin(h.kernel, h.task, START, 4 * K)
    munmap(h.kernel, h.task, START, 2 * M)
    assert inject(h, block.start_pfn + 3) is None
    lines = len(h.machine.dmesg.lines)
    unpoison(h, block.start_pfn + 3)
    assert (poisoned(block), len(h.machine.dmesg.lines)) == (1 << 3, lines)
    unpin(h.kernel, h.task)
    lru_add_drain_all(h.kernel)
    debug_vm(h.kernel)
    assert block.rare.lost.bit_count() == 512


def test_where_there_was_no_reference_the_user_loses_his():
    h = small()
    block, frame = frame_at(h.kernel, h.task.mm.pmds[START >> 21], 0)
    rare_flags(h.kernel, block).ksm |= 1 << frame
    with pytest.raises(KernelError, match="EBUSY"):
        hwpoison_inject(h.kernel, block.start_pfn + frame)
    unpoison_memory(h.kernel, block.start_pfn + frame)
    assert block.rare.uncounted == 1 << frame
    assert page_count(h.kernel, block.start_pfn + frame) == 0
    rare_flags(h.kernel, block).ksm = 0
    do_exit(h.kernel, h.task)
    debug_vm(h.kernel)
    assert block.rare.lost == 1 << frame
