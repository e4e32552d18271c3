"""Memory errors in pages of the pool."""

import pytest

from tests.mm.hugetlb.stage import PRIVATE, SHARED, child_of, map_huge, numbers, pool, resize, unmap
from tests.mm.layout import place
from tests.support import START, K, M
from thpsh.errors import KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.gup import pin, unpin
from thpsh.mm.hugetlb.failure import dequeue_hwpoisoned_huge_page
from thpsh.mm.hwpoison_inject import hwpoison_inject, unpoison_memory
from thpsh.mm.madvise import madvise
from thpsh.mm.memory_failure import memory_failure
from thpsh.mm.mman import Madv, Map
from thpsh.mm.page_flags import poisoned
from thpsh.mm.prctl import mce_kill
from thpsh.structs.bits import FULL

SLOT = START >> 21


def used(pages=1, flags=PRIVATE, more=1, **kinds):
    h = pool(pages + more, **kinds)
    map_huge(h, pages, flags)
    h.write(0, pages * 2 * M)
    return h


def page_at(h, slot=0):
    return h.task.mm.hugetlb[SLOT + slot].page


def fail(h, offset):
    madvise(h.kernel, h.task, START + offset, 4 * K, Madv.HWPOISON)
    debug_vm(h.kernel)


def corrupt(h, pfn):
    hwpoison_inject(h.kernel, pfn)
    debug_vm(h.kernel)


def log(h, lines):
    return [text.partition(": ")[2] or text for _, text in h.machine.dmesg.lines[-lines:]]


def test_all_of_the_page_is_lost_and_an_entry_says_so():
    h = used()
    page = page_at(h)
    rss = h.task.mm.anon_rss
    fail(h, 12 * K)
    assert log(h, 1) == ["huge page recovery: Delayed"]
    assert poisoned(page.block) == FULL
    assert h.kernel.totals.hwpoison_pages == 512
    assert h.task.mm.hugetlb_lost == {SLOT: page.block.start_pfn}
    assert h.task.mm.anon_rss == rss - 1, "subtracted though never added"
    assert numbers(h) == (2, 1, 0, 0)
    assert (page.count, page.tails) == (1, {3: 1})


def test_a_head_that_was_written_to_is_dirty():
    h = used()
    fail(h, 0)
    assert log(h, 1) == ["dirty huge page recovery: Delayed"]


def test_any_access_is_a_deadly_signal_at_its_own_address():
    h = used(2)
    fail(h, 2 * M)
    found = h.read(16 * K, 4 * M, caught=True)
    assert (found.signal, found.code, found.at) == ("SIGBUS", "BUS_MCEERR_AR", START + 2 * M)
    assert h.read(2 * M + 20 * K, 4 * K, caught=True).at == START + 2 * M + 20 * K
    assert log(h, 1)[0].endswith(f"due to hardware memory corruption fault at {START + 2 * M + 20 * K:x}")


def test_another_part_of_the_page_is_poisoned_already():
    h = used()
    pfn = page_at(h).block.start_pfn
    fail(h, 0)
    corrupt(h, pfn + 100)
    assert log(h, 1) == ["already hardware poisoned"]
    assert h.kernel.totals.hwpoison_pages == 512


def test_everybody_who_maps_it_loses_it_and_who_asked_is_told_of_the_head():
    h = used()
    mce_kill(h.kernel, h.task, "early")
    child = child_of(h)
    fail(h, 12 * K)
    assert h.task.signals == child.signals == [("AO", START)]
    assert child.mm.hugetlb_lost == h.task.mm.hugetlb_lost


def test_a_page_of_a_file_stays_there_and_whoever_comes_later_gets_the_signal():
    h = used(1, SHARED)
    page = page_at(h)
    rss = h.task.mm.file_rss
    fail(h, 4 * K)
    assert log(h, 2) == ["huge page recovery: Delayed", "huge page still referenced by 1 users"]
    assert (page.cached, h.task.mm.file_rss) == (True, rss - 1)
    unmap(h, 0, 1)
    assert numbers(h) == (2, 1, 0, 0)
    assert (page.cached, page.count) == (False, 1)


def test_a_child_without_an_entry_meets_the_flag():
    h = pool(2)
    map_huge(h, 1, SHARED)
    child = child_of(h)
    h.write(0, 4 * K)
    fail(h, 4 * K)
    found = h.read(8 * K, 4 * K, task=child, caught=True)
    assert (found.signal, found.at) == ("SIGBUS", START + 8 * K)
    assert child.mm.hugetlb_lost == {}


def test_a_free_page_leaves_the_pool_but_still_counts_in_it():
    h = pool(3)
    page = h.kernel.hugetlb.nodes[0].free[-1]
    corrupt(h, page.block.start_pfn + 7)
    assert log(h, 2) == [
        f"Injecting memory failure at pfn {page.block.start_pfn + 7:x}",
        "huge page recovery: Recovered",
    ]
    assert numbers(h) == (3, 2, 0, 0)
    resize(h, 0)
    assert numbers(h) == (1, 0, 0, 1)
    assert h.kernel.hugetlb.max_pages == 0


def test_a_page_that_is_promised_goes_as_any_other():
    h = pool(1)
    map_huge(h, 1)
    corrupt(h, h.kernel.hugetlb.nodes[0].free[0].block.start_pfn)
    assert numbers(h) == (1, 0, 1, 0)
    assert h.write(0, 4 * K, caught=True).code == "BUS_ADRERR"


def test_the_hardware_finds_a_free_page_without_references():
    h = pool(1)
    page = h.kernel.hugetlb.nodes[0].free[0]
    memory_failure(h.kernel, 0, page.block.start_pfn)
    debug_vm(h.kernel)
    assert log(h, 1) == ["free huge page recovery: Delayed"]
    assert (numbers(h), poisoned(page.block)) == ((1, 0, 0, 0), FULL)


def test_a_tail_of_a_free_page_is_flagged_and_forgotten():
    h = pool(1)
    page = h.kernel.hugetlb.nodes[0].free[0]
    memory_failure(h.kernel, 0, page.block.start_pfn + 3)
    debug_vm(h.kernel)
    assert (numbers(h), poisoned(page.block)) == ((1, 1, 0, 0), 1 << 3)
    assert h.kernel.totals.hwpoison_pages == 0
    resize(h, 0)
    assert page.block.rare.lost == FULL, "one bad page of 512 keeps the block out of the free lists"


def test_without_a_reference_the_page_is_free_before_it_is_looked_at():
    h = used()
    page = page_at(h)
    corrupt(h, page.block.start_pfn)
    assert log(h, 1) == ["dirty huge page recovery: Recovered"]
    assert (numbers(h), page.count, page.anon) == ((2, 1, 0, 0), 1, False)


def test_a_surplus_page_without_a_reference_is_lost_on_its_way_to_the_buddy_allocator():
    h = pool(0, overcommit=1)
    map_huge(h, 1)
    h.write(0, 4 * K)
    block = page_at(h).block
    with pytest.raises(KernelError, match="EBUSY"):
        hwpoison_inject(h.kernel, block.start_pfn)
    debug_vm(h.kernel)
    assert log(h, 2) == ["huge page recovery: Delayed", "huge page still referenced by -1 users"]
    assert (numbers(h), block.rare.lost) == ((0, 0, 0, 0), FULL)


def test_a_pinned_page_comes_back_to_the_pool_and_is_handed_out_again():
    h = used(more=0)
    page = page_at(h)
    pin(h.kernel, h.task, START, 4 * K)
    corrupt(h, page.block.start_pfn)
    assert log(h, 1) == ["dirty huge page recovery: Delayed"]
    unmap(h, 0, 1)
    unpin(h.kernel, h.task)
    assert (numbers(h), poisoned(page.block)) == ((1, 1, 0, 0), FULL)
    map_huge(h, 1)
    assert h.write(0, 4 * K).signal == ""
    assert page_at(h) is page


def test_where_the_kernel_does_not_find_the_mapping_it_gives_up():
    h = used(2, SHARED)
    page = page_at(h, 1)
    unmap(h, 0, 1)
    mce_kill(h.kernel, h.task, "early")
    fail(h, 2 * M)
    assert log(h, 2) == ["failed to unmap page (mapcount=1)", "cannot unmap page, give up"]
    assert (page.mapcount, poisoned(page.block)) == (1, FULL)
    assert h.read(2 * M, 4 * K).signal == ""


def test_who_is_taken_for_a_user_is_killed_without_asking():
    h = pool(4)
    map_huge(h, 3, SHARED)
    h.write(0, 2 * M)
    h.write(4 * M, 2 * M)
    unmap(h, 2 * M, 1)  # the part at 0 covers page offset 2, which is taken for index 2
    other = child_of(h)
    mce_kill(h.kernel, other, "early")
    block = page_at(h, 2).block
    block.dirty = 1
    with pytest.raises(KernelError, match="EBUSY"):
        hwpoison_inject(h.kernel, block.start_pfn)
    debug_vm(h.kernel)
    assert log(h, 4) == [
        f"Unable to find user space address {block.start_pfn:x} in child",
        "failed to unmap page (mapcount=2)",
        f"forcibly killing child:{other.pid} because of failure to unmap corrupted page",
        "cannot unmap page, give up",
    ]
    assert other.killed_by == "SIGKILL"


def test_only_a_free_page_can_be_dequeued():
    h = used()
    assert not dequeue_hwpoisoned_huge_page(h.kernel, page_at(h))
    assert dequeue_hwpoisoned_huge_page(h.kernel, h.kernel.hugetlb.nodes[0].free[0])
    debug_vm(h.kernel)


def test_an_unpoisoned_page_is_free_and_its_entries_stay():
    h = used()
    pfn = page_at(h).block.start_pfn
    fail(h, 0)
    unpoison_memory(h.kernel, pfn + 9)
    debug_vm(h.kernel)
    assert log(h, 1) == [f"Software-unpoisoned page {pfn + 9:#x}"]
    assert (numbers(h), h.kernel.totals.hwpoison_pages) == ((2, 2, 0, 0), 0)
    assert h.read(0, 4 * K, caught=True).signal == "SIGBUS"


def test_a_tail_that_kept_its_reference_makes_the_page_a_bad_one():
    h = used(more=0)
    page = page_at(h)
    fail(h, 12 * K)
    unpoison_memory(h.kernel, page.block.start_pfn)
    unmap(h, 0, 1)
    resize(h, 0)
    [line] = [text for _, text in h.machine.dmesg.lines if text.startswith("BUG: Bad page state")]
    assert line.endswith(f"pfn:{page.block.start_pfn + 3:05x}")
    assert page.block.kernel == FULL


def test_memory_beside_the_lost_page_is_as_before():
    h = used(3)
    place(h, 16 * M, 4 * K, flags=Map.PRIVATE | Map.ANONYMOUS | Map.FIXED)
    fail(h, 2 * M + 4 * K)
    assert h.write(0, 2 * M).signal == h.write(4 * M, 2 * M).signal == h.write(16 * M, 4 * K).signal == ""
