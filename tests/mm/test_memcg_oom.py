"""Twin of thpsh/mm/memcg_oom.py. Outcomes from memcg-oom-choice, memcg-oom-disable, extra/oom-memcg-log.txt."""

import pytest

from tests.mm.groups import PAGE, group, in_group, pages
from tests.support import M
from thpsh.errors import KernelPanic
from thpsh.fs.vfs import Vfs
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit
from thpsh.mm.fork import fork
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.memcg_limit import resize_limit
from thpsh.mm.memcg_oom import FaultSleeps, limit_pages, mem_cgroup_handle_oom, members
from thpsh.structs.task import TaskState


def test_who_is_at_the_limit_of_its_group_dies_and_the_log_says_why() -> None:
    h, memcg = in_group(limit=1 * M)
    report = h.write(0, 2 * M)
    assert (report.signal, report.killed, report.group) == ("SIGKILL", "app", "/g")
    assert h.task.dead
    assert pages(memcg) == (0, 0)
    log = [text for _, text in h.machine.dmesg.lines]
    assert "app invoked oom-killer: gfp_mask=0xd0, order=0, oom_adj=0, oom_score_adj=0" in log
    assert "Task in /g killed as a result of limit of /g" in log
    assert "memory: usage 1024kB, limit 1024kB, failcnt 7" in log
    assert "memory+swap: usage 1024kB, limit 9007199254740991kB, failcnt 0" in log
    assert any(line.startswith("Memory cgroup out of memory: Kill process") for line in log)


def test_another_member_with_a_higher_score_dies_in_its_stead() -> None:
    h, memcg = in_group(limit=1 * M)
    h.write(0, 32 * PAGE)
    other = fork(h.kernel, h.task, "other")
    other.oom_score_adj = 900
    outsider = fork(h.kernel, h.task, "outsider")
    outsider.oom_score_adj = 1000
    cgroup_attach(h.kernel, h.kernel.root_memcg, outsider)
    h.write(0, 32 * PAGE, task=other)
    report = h.write(32 * PAGE, 200 * PAGE)
    assert (report.signal, report.killed) == ("", "other")
    assert not outsider.dead
    assert memcg.stat.rss == 232


def test_with_the_killer_off_the_fault_sleeps_until_there_is_room() -> None:
    h, memcg = in_group(limit=512 * PAGE)
    memcg.oom_kill_disable = True
    report = h.write(0, 4 * M)
    assert (report.asleep, report.signal, h.slots(4 * M)) == ("/g", "", "F.")
    assert h.task.state is TaskState.DISK_SLEEP
    assert memcg.under_oom == 1
    assert memcg.res.failcnt == 7
    assert h.write(0, 4 * M).asleep == "/g"
    resize_limit(h.kernel, memcg, 8 * M)
    h.machine.finish()
    assert (h.slots(4 * M), memcg.under_oom, memcg.res.failcnt) == ("FF", 0, 7)
    assert memcg.res.usage == 4198400
    assert h.task.state is TaskState.SLEEPING
    debug_vm(h.kernel)


def test_room_that_others_give_back_wakes_too() -> None:
    h, memcg = in_group(limit=512 * PAGE)
    other = fork(h.kernel, h.task, "other")
    h.write(0, 100 * PAGE, task=other)
    memcg.oom_kill_disable = True
    assert h.write(4 * M, 450 * PAGE).asleep == "/g"
    do_exit(h.kernel, other)
    h.machine.finish()
    assert h.task.oom_wait is None
    assert memcg.stat.rss == 450


def test_switching_the_killer_on_again_lets_the_sleeper_be_killed() -> None:
    h, memcg = in_group(limit=512 * PAGE)
    memcg.oom_kill_disable = True
    h.write(0, 4 * M)
    Vfs(h.machine).write("/cgroup/g/memory.oom_control", "0")
    h.machine.finish()
    assert h.task.dead
    assert memcg.under_oom == 0
    debug_vm(h.kernel)


def test_a_sleeper_can_be_killed() -> None:
    h, memcg = in_group(limit=512 * PAGE)
    memcg.oom_kill_disable = True
    h.write(0, 4 * M)
    do_exit(h.kernel, h.task, "SIGKILL")
    assert (memcg.under_oom, h.task.oom_wait) == (0, None)
    debug_vm(h.kernel)


def test_members_are_those_of_the_hierarchy() -> None:
    h, memcg = in_group()
    above = h.kernel.root_memcg
    assert h.task not in members(h.kernel, above)
    above.use_hierarchy = True
    assert h.task in members(h.kernel, above)
    assert members(h.kernel, memcg) == [h.task]


def test_scores_are_measured_by_the_lower_of_both_limits() -> None:
    h, _ = in_group()
    memcg = group(h, "one", limit=10 * PAGE)
    assert limit_pages(h.kernel, memcg) == 10
    memcg.memsw.limit = 4 * PAGE
    assert limit_pages(h.kernel, memcg) == 4


def test_a_group_without_anybody_to_kill_lets_its_fault_sleep() -> None:
    h, memcg = in_group()
    h.task.oom_score_adj = -1000
    with pytest.raises(FaultSleeps):
        mem_cgroup_handle_oom(h.kernel, h.task, memcg)


@pytest.mark.parametrize(("level", "panics"), [(1, False), (2, True)])
def test_only_a_compulsory_panic_is_one_for_a_group_too(level, panics) -> None:
    h, memcg = in_group(limit=1 * M)
    h.kernel.sysctl.panic_on_oom = level
    if not panics:
        assert mem_cgroup_handle_oom(h.kernel, h.task, memcg) is h.task
        return
    with pytest.raises(KernelPanic, match="compulsory panic_on_oom is enabled"):
        mem_cgroup_handle_oom(h.kernel, h.task, memcg)


def test_the_log_names_the_group_of_the_victim() -> None:
    h, memcg = in_group(limit=1 * M)
    memcg.use_hierarchy = True
    below = group(h, "below", memcg)
    victim = fork(h.kernel, h.task, "victim")
    cgroup_attach(h.kernel, below, victim)
    victim.oom_score_adj = 900
    assert mem_cgroup_handle_oom(h.kernel, h.task, memcg) is victim
    assert "Task in /g/below killed as a result of limit of /g" in [text for _, text in h.machine.dmesg.lines]
