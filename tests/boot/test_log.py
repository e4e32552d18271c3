"""The log of a boot; that of 13 captured machines, line by line, is in test_captured_boots.py."""

from tests.commands.typed import Typed
from thpsh.structs.config import BuildConfig
from thpsh.structs.page import MIB


def log(**spec):
    return [line[15:] for line in Typed(**spec)("dmesg").splitlines()]


def test_a_build_without_numa_knows_no_nodes_and_sorts_by_zone():
    lines = log(build=BuildConfig(numa=False))
    assert "Built 1 zonelists in Zone order, mobility grouping on.  Total pages: 258413" in lines
    assert not any(line.startswith(("Initmem", "Policy zone", "SRAT")) for line in lines)


def test_the_memory_of_a_node_is_told_from_its_first_to_its_last_frame():
    lines = log(memory=2048 * MIB, nodes=2, cpus=2)
    assert "Initmem setup node 1 0000000040000000-000000007ffe0000" in lines
    assert "    1: 0x00040000 -> 0x0007ffe0" in lines


def test_what_is_not_available_is_absent_or_reserved():
    line = next(line for line in log() if line.startswith("Memory: "))
    words = line.replace("/", " ").replace("(", " ").split()
    available, end, absent, reserved = (int(words[place].rstrip("k")) for place in (1, 2, 7, 9))
    assert available + absent + reserved == end
    assert absent == 452


def test_a_new_order_of_zonelists_is_told():
    t = Typed(memory=2048 * MIB, nodes=2, cpus=2)
    before = t("dmesg").count("Built ")
    t("echo node > /proc/sys/vm/numa_zonelist_order")
    t("echo Node > /proc/sys/vm/numa_zonelist_order")
    assert t("dmesg").count("Built ") == before + 1
    t("echo zone > /proc/sys/vm/numa_zonelist_order")
    assert "Built 2 zonelists in Zone order" in t("dmesg | tail -n 2 | head -n 1")
