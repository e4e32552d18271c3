"""The command runon."""

from tests.commands.typed import with_app


def test_memory_is_local_to_where_a_process_runs():
    t = with_app(nodes=2, cpus=2)
    t("touch app buf 2M; runon app 1; touch app buf+2M 2M")
    assert t("move_pages app buf 4M").splitlines()[1:] == ["buf       512  node0", "buf+2M    512  node1"]


def test_khugepaged_runs_elsewhere_but_its_pages_stay_with_the_process():
    t = with_app(nodes=2, cpus=2, cmdline="transparent_hugepage=never")
    t("touch app buf 4M; drain; runon khugepaged 1; echo always > /sys/kernel/mm/transparent_hugepage/enabled")
    before = t("grep other_node /sys/devices/system/node/node0/numastat")
    t("mmap app more 2M; touch app more 4K; wait_khugepaged 2")
    assert t("slots app buf").split()[0] == "HH......"
    assert t("move_pages app buf 4M").splitlines()[1:] == ["buf    1024  node0"]
    after = t("grep other_node /sys/devices/system/node/node0/numastat")
    assert int(after.split()[1]) == int(before.split()[1]) + 2


def test_a_node_must_have_a_cpu():
    assert "expected a node with a CPU" in with_app().fails("runon app 1", 2)
