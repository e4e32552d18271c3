"""The command ls."""

from tests.commands.typed import Typed


def test_ls_lists_folders_and_modes():
    t = Typed()
    assert t("ls /sys/kernel/mm/transparent_hugepage") == "defrag\nenabled\nkhugepaged\n"
    assert "-r--r--r-- full_scans" in t("ls -l /sys/kernel/mm/transparent_hugepage/khugepaged")
    assert t("ls /") == "cgroup\nproc\nsys\n"
    assert "(ENOENT)" in t.fails("ls /home")


def test_folders_of_cgroups_have_inode_numbers():
    t = Typed()
    t("mkdir /cgroup/a; mkdir /cgroup/b")
    numbers = [line.split()[0] for line in t("ls -id /cgroup /cgroup/a /cgroup/b").splitlines()]
    assert len({*numbers}) == 3
    assert all(number.isdigit() for number in numbers)
    assert t("ls -lid /proc") == "? dr-xr-xr-x /proc\n"
