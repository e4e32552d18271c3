import pytest

from tests.mm.groups import PAGE, in_group
from tests.support import M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.freezer import freezable, freeze_processes, thaw_processes
from thpsh.mm.kthreads import next_daemon
from thpsh.structs.task import TaskState


def test_processes_and_daemons_stop_and_go_on():
    h = host()
    stopped = freeze_processes(h.kernel)
    states = {task.name: task.state for task in h.kernel.tasks.values()}
    assert states["app"] is states["khugepaged"] is states["ksmd"] is states["kswapd0"] is TaskState.DISK_SLEEP
    assert states["kthreadd"] is TaskState.SLEEPING
    assert freeze_processes(h.kernel) == 0
    assert thaw_processes(h.kernel) == stopped == 5
    assert all(task.state is TaskState.SLEEPING and not task.waiting for task in h.kernel.tasks.values())
    assert thaw_processes(h.kernel) == 0


def registered(h):
    """A huge fault gives khugepaged something to do."""
    h.map(2 * M)
    h.write(0, 2 * M)


def test_no_daemon_is_due_while_all_are_frozen():
    h = host()
    registered(h)
    assert next_daemon(h.kernel) is not None
    freeze_processes(h.kernel)
    assert next_daemon(h.kernel) is None
    thaw_processes(h.kernel)
    assert next_daemon(h.kernel) is not None


def test_the_scanning_daemons_went_on_before_change_22():
    h = host(revert=("22",))
    registered(h)
    assert [freezable(h.kernel, name) for name in ("khugepaged", "ksmd", "kswapd0")] == [False, False, True]
    freeze_processes(h.kernel)
    states = {task.name: task.state for task in h.kernel.tasks.values()}
    assert states["khugepaged"] is TaskState.SLEEPING
    assert states["app"] is TaskState.DISK_SLEEP
    assert next_daemon(h.kernel) is not None


def test_who_waits_for_room_in_its_group_does_not_hear_of_it_and_all_go_on():
    h, memcg = in_group(limit=512 * PAGE)
    memcg.oom_kill_disable = True
    h.write(0, 4 * M)
    assert h.task.oom_wait is memcg
    before = h.kernel.clock.moment
    with pytest.raises(KernelError) as error:
        freeze_processes(h.kernel)
    assert error.value.errno is Errno.EBUSY
    assert h.kernel.clock.moment == before + 20 * 10**9
    assert not h.kernel.totals.frozen
    assert [text for _, text in h.machine.dmesg.lines][-4:] == [
        "Freezing user space processes ... ",
        "Freezing of tasks failed after 20.00 seconds (1 tasks refusing to freeze, wq_busy=0):",
        "",
        "Restarting tasks ... done.",
    ]
