"""The command rmdir."""

from tests.commands.typed import with_app


def test_a_group_with_a_process_stays():
    t = with_app()
    t("mkdir /cgroup/a; cgroup attach a app")
    assert "Device or resource busy (EBUSY)" in t.fails("rmdir /cgroup/a")
    t("exit app; rmdir /cgroup/a")
    assert "(ENOENT)" in t.fails("rmdir /cgroup/a")
    assert "(EPERM)" in t.fails("rmdir /proc/sys")
