"""The command ls."""

from tests.commands.typed import Typed


def test_ls_lists_folders_and_modes():
    t = Typed()
    assert t("ls /sys/kernel/mm/transparent_hugepage") == "defrag\nenabled\nkhugepaged\n"
    assert "-r--r--r-- full_scans" in t("ls -l /sys/kernel/mm/transparent_hugepage/khugepaged")
    assert t("ls /") == "cgroup\nproc\nsys\n"
    assert "(ENOENT)" in t.fails("ls /home")
