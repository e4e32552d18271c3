"""Twin of thpsh/fs/cgroup/tasks.py."""

import pytest

from tests.mm.groups import in_group
from thpsh.errors import Errno, KernelError
from thpsh.fs.directories import mkdir
from thpsh.fs.vfs import Vfs
from thpsh.mm.exit import do_exit


def refused(files: Vfs, path: str, text: str) -> Errno:
    with pytest.raises(KernelError) as caught:
        files.write(path, text)
    assert caught.value.why
    return caught.value.errno


def test_a_pid_written_to_tasks_enters_the_group() -> None:
    h, memcg = in_group()
    files = Vfs(h.machine)
    assert files.read("/cgroup/g/tasks") == f"{h.task.pid}\n"
    files.write("/cgroup/tasks", f"{h.task.pid}\n")
    assert files.read("/cgroup/g/tasks") == ""
    files.write("/cgroup/g/cgroup.procs", str(h.task.pid))
    assert h.task.cgroup is memcg
    assert h.task.mm is not None
    assert h.task.mm.memcg is memcg


def test_only_the_living_enter_a_group() -> None:
    h, _ = in_group()
    files = Vfs(h.machine)
    do_exit(h.kernel, h.task)
    for pid in (h.task.pid, 99999, 0):
        assert refused(files, "/cgroup/g/tasks", str(pid)) is Errno.ESRCH
    assert refused(files, "/cgroup/g/tasks", "one") is Errno.EINVAL


def test_flags_are_inherited_by_new_groups() -> None:
    h, _ = in_group()
    files = Vfs(h.machine)
    files.write("/cgroup/g/notify_on_release", "1")
    files.write("/cgroup/g/cgroup.clone_children", "7")
    mkdir(files, "/cgroup/g/below")
    assert files.read("/cgroup/g/below/notify_on_release") == "1\n"
    assert files.read("/cgroup/g/below/cgroup.clone_children") == "1\n"


def test_only_the_root_has_a_release_agent() -> None:
    h, _ = in_group()
    files = Vfs(h.machine)
    files.write("/cgroup/release_agent", "/sbin/agent\n")
    assert files.read("/cgroup/release_agent") == "/sbin/agent\n"
    with pytest.raises(KernelError) as caught:
        files.read("/cgroup/g/release_agent")
    assert caught.value.errno is Errno.ENOENT
    assert refused(files, "/cgroup/release_agent", "x" * 4096) is Errno.E2BIG


def test_there_are_no_events_to_ask_for() -> None:
    h, _ = in_group()
    assert refused(Vfs(h.machine), "/cgroup/g/cgroup.event_control", "5 7") is Errno.EINVAL
