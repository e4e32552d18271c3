"""Twin of thpsh/fs/cgroup/settings.py. Outcomes from memcg-hierarchy-flags and memcg-knobs."""

import pytest

from tests.mm.groups import group, in_group
from tests.support import host
from thpsh.errors import Errno, KernelError
from thpsh.fs.directories import mkdir, rmdir
from thpsh.fs.vfs import Vfs


def refused(files: Vfs, path: str, text: str) -> Errno:
    with pytest.raises(KernelError) as caught:
        files.write(path, text)
    assert caught.value.why
    return caught.value.errno


def test_a_hierarchy_is_switched_at_its_head_while_that_has_no_children() -> None:
    h = host()
    files = Vfs(h.machine)
    mkdir(files, "/cgroup/p")
    files.write("/cgroup/p/memory.use_hierarchy", "1")
    mkdir(files, "/cgroup/p/c")
    assert files.read("/cgroup/p/c/memory.use_hierarchy") == "1\n"
    assert refused(files, "/cgroup/p/c/memory.use_hierarchy", "0") is Errno.EINVAL
    assert refused(files, "/cgroup/p/memory.use_hierarchy", "0") is Errno.EBUSY
    assert refused(files, "/cgroup/p/memory.use_hierarchy", "2") is Errno.EINVAL
    rmdir(files, "/cgroup/p/c")
    files.write("/cgroup/p/memory.use_hierarchy", "0")
    assert files.read("/cgroup/p/memory.use_hierarchy") == "0\n"


def test_swappiness_is_at_most_100_and_not_the_roots() -> None:
    h, memcg = in_group()
    files = Vfs(h.machine)
    files.write("/cgroup/g/memory.swappiness", "100")
    assert memcg.swappiness == 100
    assert refused(files, "/cgroup/g/memory.swappiness", "101") is Errno.EINVAL
    assert refused(files, "/cgroup/memory.swappiness", "10") is Errno.EINVAL


def test_charges_move_by_two_bits() -> None:
    h, memcg = in_group()
    files = Vfs(h.machine)
    files.write("/cgroup/g/memory.move_charge_at_immigrate", "3")
    assert memcg.move_charge == 3
    assert refused(files, "/cgroup/g/memory.move_charge_at_immigrate", "4") is Errno.EINVAL


def test_oom_control_has_two_lines_and_belongs_to_no_member_of_a_hierarchy() -> None:
    h, memcg = in_group()
    files = Vfs(h.machine)
    files.write("/cgroup/g/memory.oom_control", "1")
    assert files.read("/cgroup/g/memory.oom_control") == "oom_kill_disable 1\nunder_oom 0\n"
    assert refused(files, "/cgroup/g/memory.oom_control", "2") is Errno.EINVAL
    assert refused(files, "/cgroup/memory.oom_control", "1") is Errno.EINVAL
    memcg.use_hierarchy = True
    group(h, "below", memcg)
    assert refused(files, "/cgroup/g/memory.oom_control", "0") is Errno.EINVAL
    assert refused(files, "/cgroup/g/below/memory.oom_control", "0") is Errno.EINVAL


def test_force_empty_wants_no_tasks() -> None:
    h, _ = in_group()
    files = Vfs(h.machine)
    assert refused(files, "/cgroup/g/memory.force_empty", "0") is Errno.EBUSY
    files.write("/cgroup/tasks", str(h.task.pid))
    files.write("/cgroup/g/memory.force_empty", "0")
