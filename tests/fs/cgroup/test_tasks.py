"""Twin of thpsh/fs/cgroup/tasks.py."""

import pytest

from tests.mm.groups import in_group
from tests.support import host
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


def test_a_pid_is_a_number_of_32_bits() -> None:
    h, memcg = in_group()
    files = Vfs(h.machine)
    files.write("/cgroup/tasks", str(h.task.pid))
    files.write("/cgroup/g/tasks", str((1 << 32) + h.task.pid))
    assert h.task.cgroup is memcg


def test_cgroup_procs_passes_over_who_has_exited() -> None:
    h, memcg = in_group()
    files = Vfs(h.machine)
    do_exit(h.kernel, h.task)
    files.write("/cgroup/g/cgroup.procs", str(h.task.pid))
    assert h.task.cgroup is not memcg or h.task.dead
    assert files.read("/cgroup/g/cgroup.procs") == ""
    assert refused(files, "/cgroup/g/cgroup.procs", "99999") is Errno.ESRCH


def test_before_3_0_cgroup_procs_is_only_read() -> None:
    machine = host(kernel="2.6.39").machine
    files = Vfs(machine)
    assert files.mode("/cgroup/cgroup.procs") == "-r--r--r--"
    assert refused(files, "/cgroup/cgroup.procs", "1") is Errno.EINVAL
    assert Vfs(host().machine).mode("/cgroup/cgroup.procs") == "-rw-r--r--"


@pytest.mark.parametrize(
    ("text", "errno"),
    [
        ("5 7", Errno.EBADF),
        ("5 7 1M", Errno.EBADF),
        ("1 7", Errno.EINVAL),
        ("5", Errno.EINVAL),
        ("5 7x", Errno.EINVAL),
        ("five 7", Errno.EINVAL),
        ("", Errno.EINVAL),
        ("5 " * 40, Errno.E2BIG),
    ],
)
def test_nobody_has_an_eventfd(text: str, errno: Errno) -> None:
    h, _ = in_group()
    assert refused(Vfs(h.machine), "/cgroup/g/cgroup.event_control", text) is errno
