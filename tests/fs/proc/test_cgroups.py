"""Twin of thpsh/fs/proc/cgroups.py."""

from tests.mm.groups import group
from tests.support import host
from thpsh.fs.vfs import Vfs


def test_the_groups_of_the_mounted_controller_are_counted() -> None:
    h = host()
    group(h)
    assert Vfs(h.machine).read("/proc/cgroups") == (
        "#subsys_name\thierarchy\tnum_cgroups\tenabled\n"
        "cpuset\t0\t1\t1\ncpuacct\t0\t1\t1\nmemory\t1\t2\t1\nfreezer\t0\t1\t1\n"
    )
