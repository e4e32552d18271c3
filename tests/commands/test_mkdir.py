"""The command mkdir."""

from tests.commands.typed import with_app


def test_folders_are_made_below_cgroup_only():
    t = with_app()
    t("mkdir /cgroup/a /cgroup/a/b")
    assert "b\n" in t("ls /cgroup/a")
    assert "File exists (EEXIST)" in t.fails("mkdir /cgroup/a")
    assert "(EPERM)" in t.fails("mkdir /sys/kernel/mm/x")


def test_a_process_starts_in_a_group_and_its_memory_counts_there():
    t = with_app()
    t("mkdir /cgroup/web; spawn server --cgroup web; echo never > /sys/kernel/mm/transparent_hugepage/enabled")
    t("mmap server buf 4M; touch server buf 128K")
    assert t("grep -c . /cgroup/web/tasks") == "1\n"
    assert t("grep ^memory /proc/cgroups") == "memory\t1\t2\t1\n"
    assert int(t("cat /cgroup/web/memory.usage_in_bytes")) % 131072 == 0
