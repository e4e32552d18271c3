"""The command set_mempolicy."""

from tests.commands.typed import with_app


def test_a_process_takes_its_memory_in_turns():
    t = with_app(nodes=2, cpus=2)
    t("set_mempolicy app interleave all; touch app buf 4M")
    assert t("move_pages app buf 4M").splitlines()[1:] == ["buf       512  node0", "buf+2M    512  node1"]
    assert "interleave:0-1" in t("cat /proc/app/numa_maps")
    t("set_mempolicy app default")
    assert "interleave" not in t("cat /proc/app/numa_maps")


def test_a_policy_needs_a_node_that_exists():
    t = with_app(nodes=2, cpus=2)
    assert "(EINVAL)" in t.fails("set_mempolicy app bind 2")
    assert "'somewhere'" in t.fails("set_mempolicy app somewhere", 2)


def test_static_and_relative_nodes_are_remembered_as_asked():
    t = with_app(nodes=2, cpus=2)
    t("set_mempolicy app bind=static 1,5")
    assert "bind=static:1" in t("cat /proc/app/numa_maps")
    assert t("get_mempolicy app") == "bind=static:1,5\n"
    t("mbind app buf 4M preferred=relative 3")
    assert "prefer=relative:1" in t("cat /proc/app/numa_maps")
    assert t("get_mempolicy app buf") == "prefer=relative:3\n"
    assert "(EINVAL)" in t.fails("set_mempolicy app preferred=static")
