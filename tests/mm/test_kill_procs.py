"""Telling processes of a memory error."""

from tests.mm.layout import placed, vma
from tests.support import START, K
from thpsh.mm.fork import fork
from thpsh.mm.kill_procs import Victim, collect, kill_procs_ao, task_early_kill
from thpsh.mm.prctl import mce_kill


def family():
    """A host whose process wants to know early, with a child that does not, both mapping START."""
    h = placed(64 * K)
    mce_kill(h.kernel, h.task, "early")
    late = fork(h.kernel, h.task, "late")
    mce_kill(h.kernel, late, "late")
    return h, late


def test_each_process_decides_for_itself_the_sysctl_for_the_others():
    h, late = family()
    other = fork(h.kernel, late, "other")
    other.mce_kill = "default"
    assert [task_early_kill(h.kernel, task) for task in (h.task, late, other)] == [True, False, False]
    h.kernel.sysctl.memory_failure_early_kill = 1
    assert [task_early_kill(h.kernel, task) for task in (h.task, late, other)] == [True, False, True]
    assert not task_early_kill(h.kernel, h.kernel.tasks[2]), "kernel threads have no memory to lose"


def test_victims_are_those_of_the_mappings_that_asked():
    h, late = family()
    found = collect(h.kernel, 7, [(vma(h), START), (vma(h, 0, late), START)])
    assert found == [Victim(h.task, START)]
    assert collect(h.kernel, 7, [(vma(h), None)]) == [Victim(h.task, None)]
    assert h.machine.dmesg.lines[-1][1] == "MCE: Unable to find user space address 7 in app"


def test_a_handler_gets_the_address_and_who_has_none_dies():
    h, late = family()
    late.mce_kill = "default"
    kill_procs_ao(h.kernel, [Victim(h.task, START), Victim(late, START)], 7, fail=False)
    assert (h.task.signals, h.task.dead, late.killed_by) == ([("AO", START)], False, "SIGBUS")


def test_who_still_maps_the_page_is_killed_outright():
    h, late = family()
    kill_procs_ao(h.kernel, [Victim(h.task, START)], 7, fail=True)
    kill_procs_ao(h.kernel, [Victim(late, None)], 7, fail=False)
    assert (h.task.killed_by, late.killed_by) == ("SIGKILL", "SIGKILL")
    reason = "because of failure to unmap corrupted page"
    assert h.machine.dmesg.lines[-1][1] == f"MCE 0x7: forcibly killing late:{late.pid} {reason}"
