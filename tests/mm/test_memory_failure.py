import pytest

from tests.mm.failing import huge, log
from tests.mm.ksm.pages import put, scan
from tests.mm.layout import FIXED, R, place, placed, vma
from tests.mm.swapped import push_out, touched, with_swap
from tests.support import START, K, M, host
from thpsh.errors import KernelError, KernelPanic
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exec import spawn
from thpsh.mm.exit import do_exit
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.fork import fork
from thpsh.mm.gup import pin, unpin
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv, Map
from thpsh.mm.mmap import munmap
from thpsh.mm.page_flags import poisoned
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.prctl import mce_kill
from thpsh.structs.page_cache import AddressSpace, File, FileKind
from thpsh.structs.page_table import PageTable
from thpsh.structs.swap_entry import SWP_HWPOISON, swp_type
from thpsh.structs.vma import Vm


def fail(h, offset, length=4 * K, task=None):
    madvise(h.kernel, task or h.task, START + offset, length, Madv.HWPOISON)
    debug_vm(h.kernel)


def test_a_tail_is_recovered_and_2048_kb_are_counted():
    h = huge()
    fail(h, 4 * K)
    assert log(h, 1) == ["dirty LRU page recovery: Recovered"]
    assert h.kernel.totals.hwpoison_pages == 512
    assert h.event("thp_split") == 1
    table = h.task.mm.pmds[START >> 21]
    assert table.present.bit_count() == 511
    assert list(table.swapped) == [1]


def test_a_head_that_waits_for_the_lru_is_in_an_unknown_state():
    h = huge()
    fail(h, 0)
    assert log(h, 3) == [
        "Unknown page state",
        "dirty unknown page state page recovery: Failed",
        "unknown page state page still referenced by 1 users",
    ]


def test_a_head_on_the_lru_is_recovered():
    h = huge()
    lru_add_drain_all(h.kernel)
    fail(h, 0)
    assert log(h, 1) == ["dirty LRU page recovery: Recovered"]


def test_the_next_access_is_a_deadly_signal_until_the_page_is_given_back():
    h = huge()
    fail(h, 8 * K)
    found = h.read(0, 2 * M, caught=True)
    assert (found.signal, found.code, found.at, found.minor) == ("SIGBUS", "BUS_MCEERR_AR", START + 8 * K, 0)
    assert log(h, 1)[0].endswith(f"due to hardware memory corruption fault at {START + 8 * K:x}")
    madvise(h.kernel, h.task, START, 2 * M, Madv.DONTNEED)
    assert h.write(0, 2 * M, caught=True).signal == ""


def test_who_catches_nothing_dies():
    h = huge()
    fail(h, 8 * K)
    assert h.read(0, 2 * M).signal == "SIGBUS"
    assert h.task.killed_by == "SIGBUS"


def test_a_poisoned_frame_is_never_used_again():
    h = placed(4 * M)
    h.enabled("never")
    h.write(0, 4 * M)
    used = h.kernel.zones[-1].free + sum(cpu.count for cpu in h.kernel.zones[-1].pcp)
    fail(h, 12 * K)
    munmap(h.kernel, h.task, START, 4 * M)
    do_exit(h.kernel, h.task)
    debug_vm(h.kernel)
    assert h.kernel.totals.hwpoison_pages == 1
    blocks = [block for zone in h.kernel.zones for block in zone.pageblocks.values()]
    assert sum(poisoned(block).bit_count() for block in blocks) == 1
    assert h.kernel.zones[-1].free + sum(cpu.count for cpu in h.kernel.zones[-1].pcp) > used + 1000


def test_everybody_who_maps_the_page_loses_it():
    h = huge()
    child = fork(h.kernel, h.task, "child")
    fail(h, 4 * K)
    for task in (h.task, child):
        assert h.read(4 * K, 4 * K, task=task, caught=True).signal == "SIGBUS"
        assert task.mm.anon_rss == task.mm.rss - task.mm.file_rss
    grandchild = fork(h.kernel, child, "grandchild")
    assert h.read(4 * K, 4 * K, task=grandchild, caught=True).signal == "SIGBUS"


def test_early_kill_tells_every_process_that_asked_for_it():
    h = huge()
    mce_kill(h.kernel, h.task, "early")
    child, other = fork(h.kernel, h.task, "child"), fork(h.kernel, h.task, "other")
    mce_kill(h.kernel, other, "late")
    fail(h, 12 * K)
    assert (h.task.signals, child.signals, other.signals) == ([("AO", START + 12 * K)],) * 2 + ([],)
    assert f"Killing app:{h.task.pid} early due to hardware memory corruption" in log(h, 3)


def test_the_sysctl_kills_those_who_said_nothing():
    h = huge()
    h.kernel.sysctl.memory_failure_early_kill = 1
    late = fork(h.kernel, h.task, "late")
    mce_kill(h.kernel, late, "late")
    fail(h, 12 * K)
    assert (h.task.killed_by, late.dead) == ("SIGBUS", False)


def test_a_pinned_page_is_still_referenced():
    h = huge()
    pin(h.kernel, h.task, START + 4 * K, 4 * K)
    fail(h, 4 * K)
    assert log(h, 2) == ["dirty LRU page recovery: Recovered", "LRU page still referenced by 1 users"]
    unpin(h.kernel, h.task)
    debug_vm(h.kernel)


def test_poisoning_what_is_poisoned_is_efault_and_a_pin_stops_before_it():
    h = huge()
    fail(h, 8 * K)
    with pytest.raises(KernelError, match="EFAULT"):
        fail(h, 8 * K)
    report = pin(h.kernel, h.task, START, 16 * K)
    assert (report.wanted, report.pages) == (4, 2)
    with pytest.raises(KernelError, match="EFAULT"):
        pin(h.kernel, h.task, START + 8 * K, 4 * K)


def test_the_zero_page_is_beyond_repair():
    h = placed(2 * M)
    h.enabled("never")
    fail(h, 0)
    assert log(h, 1) == ["non LRU page recovery: Ignored"]
    fail(h, 0)
    assert log(h, 1) == ["already hardware poisoned"]
    assert h.kernel.totals.hwpoison_pages == 1
    assert h.read(0, 4 * K).signal == ""


def test_shared_memory_leaves_its_file_too():
    h = placed(64 * K, flags=Map.SHARED | Map.ANONYMOUS | Map.FIXED)
    h.write(0, 64 * K)
    fail(h, 4 * K)
    assert log(h, 1)[0].endswith("LRU page recovery: Recovered")
    assert vma(h).file.mapping.nr_pages == 15
    assert h.read(4 * K, 4 * K, caught=True).signal == "SIGBUS"


def test_a_locked_page_is_unevictable():
    h = placed(64 * K)
    vma(h).flags |= Vm.LOCKED
    h.task.mm.locked_vm += 16
    h.write(0, 64 * K)
    fail(h, 4 * K)
    assert log(h, 1) == ["dirty unevictable LRU page recovery: Recovered"]


def test_without_recovery_the_host_stops():
    h = huge()
    h.kernel.sysctl.memory_failure_recovery = 0
    with pytest.raises(KernelPanic):
        madvise(h.kernel, h.task, START, 4 * K, Madv.HWPOISON)


def test_before_the_fix_the_healthy_head_suffered_for_its_tail():
    h = host(revert=("15",))
    place(h, 0, 2 * M)
    h.write(0, 2 * M)
    mce_kill(h.kernel, h.task, "early")
    fail(h, 12 * K)
    assert h.task.signals == [("AO", START)]
    table = h.task.mm.pmds[START >> 21]
    assert isinstance(table, PageTable)
    assert list(table.swapped) == [0]
    assert touch(h.kernel, h.task, START + 12 * K, 1, TouchMode(caught=True)).signal == ""
    _, block, shift = table.runs[0]
    assert (shift, poisoned(block)) == (0, 1)  # the bad page itself lost its flag in the split


def test_a_clean_page_of_a_file_is_dropped_without_side_effects():
    h = placed(4 * K)
    file = File("f", FileKind.REGULAR, "00:01", 5, AddressSpace(swap_backed=False), 64 * K)
    place(h, 2 * M, 64 * K, R, FIXED & ~Map.ANONYMOUS, file)
    h.read(2 * M, 64 * K)
    fail(h, 2 * M + 4 * K)
    assert log(h, 2) == ["corrupted page was clean: dropped without side effects", "clean LRU page recovery: Recovered"]
    assert h.read(2 * M + 4 * K, 4 * K).signal == ""


def in_swap_cache():
    """A process whose first page was read back from swap, and may go there again without being written."""
    h = with_swap()
    touched(h, 64 * K)
    push_out(h, 16)
    h.read(0, 4 * K)
    lru_add_drain_all(h.kernel)
    return h


def test_a_clean_page_of_the_swap_cache_is_read_again():
    h = in_swap_cache()
    before = h.kernel.root_memcg.stat.rss
    fail(h, 0)
    assert log(h, 2) == ["keeping poisoned page in swap cache", "swapcache page recovery: Recovered"]
    assert h.kernel.swap.cached == 0
    assert h.kernel.root_memcg.stat.rss == before - 1
    report = h.read(0, 4 * K)
    debug_vm(h.kernel)
    assert (report.signal, report.major) == ("", 1)


def test_a_dirty_page_of_the_swap_cache_waits_there_for_its_owner():
    h = in_swap_cache()
    _, block, shift = h.task.mm.pmds[START >> 21].runs[0]
    block.dirty |= 1 << shift
    fail(h, 0)
    assert log(h, 2) == ["keeping poisoned page in swap cache", "swapcache page recovery: Delayed"]
    assert (h.kernel.swap.cached, block.dirty >> shift & 1) == (1, 0)
    assert h.read(0, 4 * K, caught=True).code == "BUS_MCEERR_AR"
    do_exit(h.kernel, h.task)
    debug_vm(h.kernel)
    assert (h.kernel.swap.cached, poisoned(block)) == (0, 1 << shift)


def test_shared_memory_that_was_only_read_is_lost_all_the_same():
    h = placed(64 * K, flags=Map.SHARED | Map.ANONYMOUS | Map.FIXED)
    h.read(0, 64 * K)
    lru_add_drain_all(h.kernel)
    fail(h, 4 * K)
    assert log(h, 1) == ["clean LRU page recovery: Recovered"]
    assert "Injecting" in h.machine.dmesg.lines[-2][1]  # and nothing is said of a clean page
    assert h.read(4 * K, 4 * K, caught=True).signal == "SIGBUS"


def test_who_maps_that_part_of_a_file_is_told_even_without_the_page():
    h = placed(64 * K, flags=Map.SHARED | Map.ANONYMOUS | Map.FIXED)
    mce_kill(h.kernel, h.task, "early")
    child = fork(h.kernel, h.task, "child")
    h.write(0, 64 * K)
    fail(h, 4 * K)
    assert h.task.signals == child.signals == [("AO", START + 4 * K)]
    munmap(h.kernel, child, START, 32 * K)
    fail(h, 8 * K)
    assert (len(h.task.signals), len(child.signals)) == (2, 1)


def test_a_page_of_the_boot_image_stays_in_its_cache_and_kills_whoever_uses_it():
    h = host()
    text = next(vma for vma in h.task.mm.vmas if vma.flags & Vm.EXEC)
    fail(h, text.start - START)
    assert log(h, 3) == [
        "Failed to invalidate",
        "dirty LRU page recovery: Failed",
        "LRU page still referenced by 1 users",
    ]
    assert h.read(text.start - START, 4 * K, caught=True).code == "BUS_MCEERR_AR"
    with pytest.raises(KernelError, match="EFAULT"):
        spawn(h.kernel, "next", h.kernel.tasks[1], 0)
    debug_vm(h.kernel)
    lost = next(task for task in h.kernel.tasks.values() if task.name == "next")
    assert lost.killed_by == "SIGBUS"


def test_init_ignores_the_early_signal():
    h = host()
    h.kernel.sysctl.memory_failure_early_kill = 1
    text = next(vma for vma in h.task.mm.vmas if vma.flags & Vm.EXEC)
    fail(h, text.start - START)
    assert "Killing init:1 early due to hardware memory corruption" in log(h, 6)
    assert (h.kernel.tasks[1].dead, h.task.killed_by) == (False, "SIGBUS")


def test_the_lists_of_the_cpus_are_emptied_in_search_of_the_page():
    h = placed(2 * M)
    h.enabled("never")
    h.write(1 * M, 64 * K)
    assert any(cpu.count for cpu in h.kernel.zones[-1].pcp)
    fail(h, 0)
    assert not any(cpu.count for zone in h.kernel.zones for cpu in zone.pcp)


def test_a_lost_page_that_is_merged_stays_mapped_until_reclaim_meets_it():
    h = with_swap()
    h.map(2 * M)
    put(h, 0, [7] * 4)
    madvise(h.kernel, h.task, START, 2 * M, Madv.MERGEABLE)
    scan(h, 3)
    lru_add_drain_all(h.kernel)
    fail(h, 4 * K)
    assert log(h, 1) == ["cannot unmap page, give up"]
    assert h.read(0, 16 * K).signal == ""
    fail(h, 0)
    assert log(h, 1) == ["already hardware poisoned"]
    push_out(h, 1)
    assert {swp_type(entry) for entry in h.task.mm.pmds[START >> 21].swapped.values()} == {SWP_HWPOISON}
    assert h.read(0, 4 * K, caught=True).signal == "SIGBUS"
