"""Who dies (oom_badness of 3.0)."""

import pytest

from tests.support import G, host
from thpsh.boot import start_process
from thpsh.errors import KernelPanic
from thpsh.mm.fork import fork
from thpsh.mm.mempolicy import set_mempolicy
from thpsh.mm.oom_kill import UNKILLABLE, Choice, oom_badness, oom_kill_process, out_of_memory, select_bad_process
from thpsh.mm.swapfile import add_swap_device
from thpsh.structs.mempolicy import PolicyMode


def sized(pages, adjustment=0):
    """A process with so many pages on a machine of 100,000."""
    h = host()
    h.kernel.totals.total_pages = 100_000
    size(h.task, pages)
    h.task.oom_score_adj = adjustment
    return h


def size(task, pages):
    mm = task.mm
    mm.anon_rss, mm.file_rss, mm.nr_ptes, mm.swap_ents = pages, 0, 0, 0
    mm.lag_anon = mm.lag_file = 0


def kill(h):
    return oom_kill_process(h.kernel, h.task, 470, "Out of memory", Choice(list(h.kernel.tasks.values())), lambda: None)


@pytest.mark.parametrize(
    ("pages", "adjustment", "score"),
    [
        (50_000, 0, 470),  # half of memory, less 30 for root
        (50_000, 300, 770),
        (50_000, -100, 370),
        (50_000, -999, 1),
        (1_000, 0, 1),  # a small one may die, too
        (50_000, 1000, 1000),  # never above all of memory
        (50_000, UNKILLABLE, 0),
    ],
)
def test_scores(pages, adjustment, score):
    h = sized(pages, adjustment)
    assert oom_badness(h.kernel, h.task) == score


def test_page_tables_and_swap_count_too():
    h = sized(10_000)
    h.task.mm.nr_ptes, h.task.mm.swap_ents = 5_000, 25_000
    assert oom_badness(h.kernel, h.task) == 400 - 30


def test_init_and_kernel_threads_are_never_picked():
    h = sized(0)
    spared = [task for task in h.kernel.tasks.values() if task.pid == 1 or task.kthread]
    assert spared
    assert {oom_badness(h.kernel, task) for task in spared} == {0}


def test_the_largest_is_picked_and_the_oldest_of_equals():
    h = sized(50_000)
    second, third = (start_process(h.machine, name) for name in ("second", "third"))
    size(second, 60_000)
    size(third, 60_000)
    assert select_bad_process(h.kernel) is second
    second.oom_score_adj = UNKILLABLE
    assert select_bad_process(h.kernel) is third


def test_the_log_names_the_victim_and_its_sizes_in_kb():
    h = sized(50_000)
    h.task.mm.total_vm = 60_000
    kill(h)
    first, second = [line for _, line in h.machine.dmesg.lines[-2:]]
    assert first == f"Out of memory: Kill process {h.task.pid} (app) score 470 or sacrifice child"
    assert second == f"Killed process {h.task.pid} (app) total-vm:240000kB, anon-rss:200000kB, file-rss:0kB"


def test_swap_counts_as_memory():
    h = sized(50_000)
    add_swap_device(h.kernel, "/dev/ram0", (100_000 + 1) << 12)
    assert oom_badness(h.kernel, h.task) == 250 - 30


def test_the_worst_child_dies_in_place_of_its_parent():
    h = sized(50_000)
    children = [fork(h.kernel, h.task, name) for name in ("small", "large", "exempt")]
    for child, pages in zip(children, (100, 20_000, 90_000), strict=True):
        size(child, pages)
    children[2].oom_score_adj = UNKILLABLE
    assert kill(h) is children[1]
    last = h.machine.dmesg.lines[-1][1]
    assert last.startswith(f"Killed process {children[1].pid} (large)")


def test_the_asker_dies_where_the_administrator_wants_that():
    h = sized(50_000)
    small = start_process(h.machine, "small")
    h.kernel.sysctl.oom_kill_allocating_task = 1
    assert out_of_memory(h.kernel, small, 0x280DA, 0) is small
    said = [line for _, line in h.machine.dmesg.lines[-2:]]
    assert said[0] == (
        f"Out of memory (oom_kill_allocating_task): Kill process {small.pid} (small) score 0 or sacrifice child"
    )
    small.oom_score_adj = UNKILLABLE
    assert out_of_memory(h.kernel, small, 0x280DA, 0) is h.task


@pytest.mark.parametrize(("level", "word"), [(1, "system-wide"), (2, "compulsory")])
def test_a_panic_if_that_is_wanted(level, word):
    h = sized(50_000)
    h.kernel.sysctl.panic_on_oom = level
    with pytest.raises(KernelPanic, match=f"Out of memory: {word} panic_on_oom is enabled"):
        out_of_memory(h.kernel, h.task, 0x280DA, 0)


def test_nobody_to_kill_is_a_panic():
    h = sized(50_000, UNKILLABLE)
    with pytest.raises(KernelPanic, match="no killable processes"):
        out_of_memory(h.kernel, h.task, 0x280DA, 0)


def test_where_a_bound_allocation_fails_those_bound_to_other_nodes_are_spared():
    h = host(memory=2 * G, nodes=2, cpus=2)
    size(h.task, 50_000)
    other, there = (start_process(h.machine, name) for name in ("other", "there"))
    size(other, 90_000)
    size(there, 60_000)
    set_mempolicy(h.kernel, other, PolicyMode.BIND, (0,))
    assert out_of_memory(h.kernel, h.task, 0x280DA, 0) is other
    assert out_of_memory(h.kernel, h.task, 0x280DA, 0, (1,)) is there
    h.kernel.sysctl.panic_on_oom = 1
    assert out_of_memory(h.kernel, h.task, 0x280DA, 0, (1,)) is there


def test_a_child_that_is_bound_to_other_nodes_is_no_sacrifice_and_not_listed():
    h = host(memory=2 * G, nodes=2, cpus=2)
    size(h.task, 90_000)
    near, far = (fork(h.kernel, h.task, name) for name in ("near", "far"))
    size(near, 10_000)
    size(far, 20_000)
    set_mempolicy(h.kernel, far, PolicyMode.BIND, (0,))
    before = len(h.machine.dmesg.lines)
    assert out_of_memory(h.kernel, h.task, 0x280DA, 0, (1,)) is near
    listed = [line.split()[-1] for _, line in h.machine.dmesg.lines[before:] if line.startswith("[  1")]
    assert listed == ["app", "near"]
    assert out_of_memory(h.kernel, h.task, 0x280DA, 0) is far


def test_an_int_holds_the_score_of_less_than_8_gib():
    h = host()
    h.kernel.totals.total_pages = 3_500_000
    size(h.task, 2_147_483)
    assert oom_badness(h.kernel, h.task) == 2_147_483_000 // 3_500_000 - 30
    size(h.task, 2_147_484)
    assert oom_badness(h.kernel, h.task) == 1000
    h.kernel.totals.total_pages = 4_194_304  # the quotient is -2147484000 as an unsigned long by 2 ** 22
    assert oom_badness(h.kernel, h.task) == 1


def test_before_2_6_39_page_tables_do_not_count_and_nothing_overflows():
    h = host(kernel="2.6.38")
    h.kernel.totals.total_pages = 4_194_304
    size(h.task, 2_147_484)
    h.task.mm.nr_ptes = 1_000_000
    assert oom_badness(h.kernel, h.task) == 512 - 30


def test_ten_headers_in_five_seconds_are_enough():
    h = sized(50_000)
    before = len(h.machine.dmesg.lines)
    for _ in range(12):
        out_of_memory(h.kernel, h.task, 0x280DA, 0)
    lines = [line for _, line in h.machine.dmesg.lines[before:]]
    assert sum("invoked oom-killer" in line for line in lines) == 10
    assert sum("or sacrifice child" in line for line in lines) == 12
    h.kernel.clock.now += 5_000_000_001
    before = len(h.machine.dmesg.lines)
    out_of_memory(h.kernel, h.task, 0x280DA, 0)
    lines = [line for _, line in h.machine.dmesg.lines[before:]]
    assert lines[0] == "oom_kill_process: 2 callbacks suppressed"
    assert "invoked oom-killer" in lines[1]
