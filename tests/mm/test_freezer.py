from tests.support import host
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


def test_no_daemon_is_due_while_all_are_frozen():
    h = host()
    h.kernel.khugepaged.woken = True
    assert next_daemon(h.kernel) is not None
    freeze_processes(h.kernel)
    assert next_daemon(h.kernel) is None
    thaw_processes(h.kernel)
    assert next_daemon(h.kernel) is not None


def test_the_scanning_daemons_went_on_before_change_22():
    h = host(revert=("22",))
    assert [freezable(h.kernel, name) for name in ("khugepaged", "ksmd", "kswapd0")] == [False, False, True]
    freeze_processes(h.kernel)
    states = {task.name: task.state for task in h.kernel.tasks.values()}
    assert states["khugepaged"] is TaskState.SLEEPING
    assert states["app"] is TaskState.DISK_SLEEP
    h.kernel.khugepaged.woken = True
    assert next_daemon(h.kernel) is not None
