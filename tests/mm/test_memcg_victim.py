"""Twin of thpsh/mm/memcg_victim.py."""

from tests.mm.groups import PAGE, group, in_group
from tests.support import G, Host, M, host
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.memcg_victim import reclaimable, select_victim, select_victim_node
from thpsh.mm.mempolicy import set_mempolicy
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.swapon import swapon
from thpsh.structs.config import BuildConfig
from thpsh.structs.memcg import MemCgroup
from thpsh.structs.mempolicy import PolicyMode


def test_groups_take_turns_by_number_and_numbers_of_removed_ones_are_passed_over() -> None:
    h = host()
    above = group(h, "above")
    above.use_hierarchy = True
    one, two = group(h, "one", above), group(h, "two", above)
    assert [select_victim(h.kernel, above) for _ in range(4)] == [above, one, two, above]
    assert select_victim(h.kernel, two) is two


def test_a_group_is_reclaimable_by_its_lists_since_3_0() -> None:
    for kernel, found in (("2.6.39", True), ("3.0", False)):
        h = host(kernel=kernel)
        h.enabled("never")
        memcg = group(h)
        cgroup_attach(h.kernel, memcg, h.task)
        h.map(M)
        h.write(0, 32 * PAGE)
        assert reclaimable(h.kernel, memcg, noswap=False) is found  # no swap: anonymous pages cannot go


def test_anonymous_pages_count_only_while_they_can_be_swapped() -> None:
    h, memcg = in_group()
    h.write(0, 32 * PAGE)
    lru_add_drain_all(h.kernel)
    assert not reclaimable(h.kernel, memcg, noswap=False)
    swapon(h.kernel, 4 * M)
    assert reclaimable(h.kernel, memcg, noswap=False)
    assert not reclaimable(h.kernel, memcg, noswap=True)


def on_two_nodes(**spec: str) -> tuple[Host, MemCgroup]:
    """A group with pages on both nodes of a host with swap, and more than enough of them to be noticed."""
    h = host(memory=2 * G, nodes=2, cpus=2, **spec)
    h.enabled("never")
    swapon(h.kernel, 64 * M)
    memcg = group(h)
    cgroup_attach(h.kernel, memcg, h.task)
    set_mempolicy(h.kernel, h.task, PolicyMode.INTERLEAVE, (0, 1))
    h.map(8 * M)
    h.write(0, 8 * M)
    lru_add_drain_all(h.kernel)
    return h, memcg


def test_nodes_with_pages_take_turns() -> None:
    h, memcg = on_two_nodes()
    assert [select_victim_node(h.kernel, memcg, 1) for _ in range(4)] == [0, 1, 0, 1]
    assert memcg.scan_nodes == (0, 1)


def test_where_pages_are_is_asked_only_after_many_charges() -> None:
    h, memcg = on_two_nodes()
    memcg.numainfo_events = False
    assert [select_victim_node(h.kernel, memcg, cpu) for cpu in (1, 0)] == [1, 0]


def test_before_3_0_it_is_the_node_of_the_cpu() -> None:
    h, memcg = on_two_nodes(kernel="2.6.39")
    assert [select_victim_node(h.kernel, memcg, cpu) for cpu in (1, 1, 0)] == [1, 1, 0]


def test_without_numa_there_is_one_node() -> None:
    h = host(build=BuildConfig(numa=False))
    assert select_victim_node(h.kernel, group(h), 0) == 0
