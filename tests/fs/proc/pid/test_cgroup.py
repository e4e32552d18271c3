"""Twin of thpsh/fs/proc/pid/cgroup.py."""

from tests.mm.groups import in_group
from thpsh.fs.vfs import Vfs


def test_a_process_is_in_one_group() -> None:
    h, _ = in_group()
    files = Vfs(h.machine)
    assert files.read("/proc/app/cgroup") == "1:memory:/g\n"
    assert files.read("/proc/1/cgroup") == "1:memory:/\n"
