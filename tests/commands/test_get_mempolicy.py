"""The command get_mempolicy."""

from tests.commands.typed import with_app


def test_policies_read_as_in_numa_maps():
    t = with_app(nodes=2, cpus=2)
    t("set_mempolicy app interleave all; mbind app buf 4M preferred 1")
    assert t("get_mempolicy app") == "interleave:0-1\n"
    assert t("get_mempolicy app buf+1M") == "prefer:1\n"
    assert t("get_mempolicy app buf+8M") == "default\n"
    assert "(EFAULT)" in t.fails("get_mempolicy app buf+1G")


def test_the_node_of_a_page():
    t = with_app(nodes=2, cpus=2)
    t("mbind app buf 4M bind 1")
    assert t("get_mempolicy app buf --node") == "node1\n"
    assert t("slots app buf").split()[0] == "H......."
