"""Which node memory comes from."""

import pytest

from tests.support import START, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.filemap import add_to_page_cache
from thpsh.mm.fork import fork
from thpsh.mm.frames import frame_at
from thpsh.mm.mempolicy import mpol_new, nodemask_of_mempolicy, set_mempolicy
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.vmscan import try_to_free_pages
from thpsh.structs.mempolicy import MemPolicy, NodeMode, PolicyMode
from thpsh.structs.page import Gfp
from thpsh.structs.page_cache import AddressSpace, File, FileKind
from thpsh.structs.page_table import HugePmd

SLOT = START >> 21
_OF_THE_PROGRAM = 16, 15  # pages of the boot image, which is interleaved
BIND, INTERLEAVE, PREFERRED = PolicyMode.BIND, PolicyMode.INTERLEAVE, PolicyMode.PREFERRED


def two_nodes(mode="never", **spec):
    return host(memory=1024 * M, nodes=2, cpus=2, cmdline=f"transparent_hugepage={mode}", **spec)


def node(h, page, task=None):
    mm = (task or h.task).mm
    entry = mm.pmds[SLOT + page // 512]
    if isinstance(entry, HugePmd):
        return entry.block.zone.node
    return frame_at(h.kernel, entry, page % 512)[0].zone.node


def stat(h, nid, name):
    """A counter of a node, without what the program of the process took there when the host booted."""
    return counter(h, nid, name) - (_OF_THE_PROGRAM[nid] if name == "numa_interleave" else 0)


def counter(h, nid, name):
    return sum(getattr(zone.stat, name) for zone in h.kernel.nodes[nid].zones)


@pytest.mark.parametrize(
    ("mode", "nodes", "found"),
    [
        (PolicyMode.DEFAULT, (), None),
        (PREFERRED, (), MemPolicy(PREFERRED, ())),
        (PREFERRED, (0, 1), MemPolicy(PREFERRED, (0,))),
        (BIND, (0, 1, 2), MemPolicy(BIND, (0, 1))),
        (INTERLEAVE, (1, 5), MemPolicy(INTERLEAVE, (1,))),
    ],
)
def test_nodes_that_the_host_lacks_are_dropped_if_one_is_left(mode, nodes, found):
    assert mpol_new(two_nodes().kernel, mode, nodes) == found


@pytest.mark.parametrize(("mode", "nodes"), [(PolicyMode.DEFAULT, (1,)), (BIND, ()), (INTERLEAVE, ()), (BIND, (2,))])
def test_policies_without_a_node_to_go_to_are_invalid(mode, nodes):
    with pytest.raises(KernelError) as error:
        mpol_new(two_nodes().kernel, mode, nodes)
    assert error.value.errno is Errno.EINVAL


def test_a_bound_process_takes_pages_and_page_tables_from_its_node():
    h = two_nodes()
    h.map(4 * M)
    set_mempolicy(h.kernel, h.task, BIND, (1,))
    before = stat(h, 1, "numa_hit"), stat(h, 1, "numa_other")
    h.write(0, 2 * M)
    assert {node(h, page) for page in (0, 100, 511)} == {1}
    assert (stat(h, 1, "numa_hit"), stat(h, 1, "numa_other")) == (before[0] + 515, before[1] + 515)


def test_interleaved_pages_change_nodes_with_every_page_of_a_vma():
    h = two_nodes()
    vma = h.map(4 * M)
    vma.policy = MemPolicy(INTERLEAVE, (0, 1))
    h.write(0, 64 * K)
    assert [node(h, page) for page in range(4)] == [0, 1, 0, 1]
    assert (stat(h, 0, "numa_interleave"), stat(h, 1, "numa_interleave")) == (8, 8)
    h.write(2 * M, 2 * M)
    assert (stat(h, 0, "numa_interleave"), stat(h, 1, "numa_interleave")) == (264, 264)


def test_interleaved_huge_pages_change_nodes_with_every_2_mib_and_their_page_tables_take_turns():
    h = two_nodes("always")
    h.map(16 * M)
    set_mempolicy(h.kernel, h.task, INTERLEAVE, (0, 1))
    h.write(0, 16 * M)
    assert [node(h, 512 * slot) for slot in range(8)] == [0, 1] * 4
    assert (stat(h, 0, "numa_interleave"), stat(h, 1, "numa_interleave")) == (9, 9)


def test_the_policy_of_a_vma_goes_before_that_of_the_process_but_not_for_page_tables():
    h = two_nodes("always")
    vma = h.map(2 * M)
    vma.policy = MemPolicy(PREFERRED, (1,))
    set_mempolicy(h.kernel, h.task, BIND, (0,))
    tables = h.kernel.nodes[1].zones[-1].stat.nr_page_table_pages
    h.write(0, 4 * K)
    assert node(h, 0) == 1
    assert h.kernel.nodes[1].zones[-1].stat.nr_page_table_pages == tables


def test_preferred_without_a_node_is_the_node_of_the_cpu():
    h = two_nodes()
    vma = h.map(2 * M)
    vma.policy = MemPolicy(PREFERRED, ())
    h.task.cpu = 1
    h.write(0, 4 * K)
    assert node(h, 0) == 1


def test_copies_of_a_huge_page_stay_on_its_node_since_commit_11():
    for change, where in (((), 0), ((11,), 1)):
        h = two_nodes("always", revert=tuple(map(str, change)))
        h.map(2 * M)
        h.write(0, 4 * K)
        child = fork(h.kernel, h.task, "child")
        h.enabled("never")
        child.cpu = 1
        h.write(0, 4 * K, task=child)
        assert node(h, 0, child) == where


def test_a_child_has_its_parents_policy():
    h = two_nodes()
    set_mempolicy(h.kernel, h.task, BIND, (1,))
    assert fork(h.kernel, h.task, "child").policy == MemPolicy(BIND, (1,))
    set_mempolicy(h.kernel, h.task, PolicyMode.DEFAULT, ())
    assert h.task.policy is None


def test_the_page_cache_of_a_file_follows_the_process_page_by_page():
    h = two_nodes()
    file = File("/data", FileKind.REGULAR, "08:01", 7, AddressSpace(swap_backed=False), 1 * M)
    set_mempolicy(h.kernel, h.task, INTERLEAVE, (0, 1))
    add_to_page_cache(h.kernel, h.task, file.mapping, 0, 0xFF)
    nodes = [frame_at(h.kernel, file.mapping.slots[0], page)[0].zone.node for page in range(8)]
    assert nodes == [0, 1] * 4


def test_pages_come_back_from_swap_to_the_node_of_their_range():
    h = two_nodes(swap=64 * M)
    vma = h.map(2 * M)
    h.write(0, 64 * K)
    lru_add_drain_all(h.kernel)
    try_to_free_pages(h.kernel, 0, h.kernel.nodes[0].zonelist, 0, Gfp.HIGHUSER_MOVABLE)
    try_to_free_pages(h.kernel, 0, h.kernel.nodes[0].zonelist, 0, Gfp.HIGHUSER_MOVABLE)
    swapped = sorted(vma.mm.pmds[SLOT].swapped or {})
    assert swapped
    vma.policy = MemPolicy(BIND, (1,))
    h.read(swapped[0] * 4 * K, 4 * K)
    assert node(h, swapped[0]) == 1


@pytest.mark.parametrize(
    ("mode", "numbered", "asked", "nodes"),
    [
        (BIND, NodeMode.STATIC, (1, 5), (1,)),
        (BIND, NodeMode.RELATIVE, (3,), (1,)),
        (INTERLEAVE, NodeMode.RELATIVE, (2, 5), (0, 1)),
        (PREFERRED, NodeMode.RELATIVE, (3, 5), (1,)),
        (PREFERRED, NodeMode.STATIC, (0, 1), (0,)),
    ],
)
def test_static_nodes_are_those_named_and_relative_ones_go_round_among_those_there_are(mode, numbered, asked, nodes):
    assert mpol_new(two_nodes().kernel, mode, asked, numbered) == MemPolicy(mode, nodes, numbered, asked)


@pytest.mark.parametrize(
    ("mode", "numbered", "nodes"),
    [
        (PREFERRED, NodeMode.STATIC, ()),
        (PREFERRED, NodeMode.RELATIVE, ()),
        (PREFERRED, NodeMode.STATIC, (2,)),
        (BIND, NodeMode.PLAIN, (0, 64)),
        (BIND, NodeMode.RELATIVE, (0, 64)),
    ],
)
def test_what_static_and_relative_policies_refuse(mode, numbered, nodes):
    with pytest.raises(KernelError) as error:
        mpol_new(two_nodes().kernel, mode, nodes, numbered)
    assert error.value.errno is Errno.EINVAL
    assert mpol_new(two_nodes().kernel, PolicyMode.DEFAULT, (), numbered) is None


@pytest.mark.parametrize(
    ("policy", "nodes"),
    [(None, None), (MemPolicy(BIND, (1,)), (1,)), (MemPolicy(PolicyMode.INTERLEAVE, (0, 1)), (0, 1)),
     (MemPolicy(PolicyMode.PREFERRED, (0,)), (0,)), (MemPolicy(PolicyMode.PREFERRED, ()), (1,))],
)  # fmt: skip
def test_the_nodes_of_a_policy_are_those_it_names_or_that_of_the_cpu(policy, nodes):
    h = two_nodes()
    h.task.policy, h.task.cpu = policy, 1
    assert nodemask_of_mempolicy(h.kernel, h.task) == nodes
