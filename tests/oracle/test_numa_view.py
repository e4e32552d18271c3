"""Nodes of pages and counters of nodes, as the recorder writes them."""

import pytest

from tests.mm.test_mempolicy import two_nodes
from tests.support import START, K, M
from thpsh.mm.mbind import MbindRequest, mbind
from thpsh.oracle.numa_view import look_up_nodes, node_letters, node_pages, numastat, told
from thpsh.structs.mempolicy import PolicyMode

SLOT = START >> 21


def test_one_letter_for_each_slot_tells_the_node():
    assert node_letters(".HPSF", ((0, 0), (0, 1), (3, 2), (0, 0), (512, 0))) == ".1m?0"


def test_of_a_huge_page_only_the_first_is_counted():
    h = two_nodes("always")
    h.map(4 * M)
    h.write(0, 4 * K)
    h.enabled("never")
    mbind(h.kernel, h.task, MbindRequest(START + 2 * M, 2 * M, PolicyMode.INTERLEAVE, (0, 1)))
    h.write(2 * M, 20 * K)
    h.read(3 * M, 4 * K)
    counts = node_pages(h.kernel, h.task.mm, range(SLOT, SLOT + 2), (START, START + 4 * M))
    assert counts == ((1, 0), (4, 2))


def test_asking_for_the_node_marks_the_page_accessed():
    h = two_nodes()
    h.map(2 * M)
    h.write(0, 4 * K)
    block = h.task.mm.pmds[SLOT].runs[0][1]
    before = block.referenced
    look_up_nodes(h.kernel, h.task.mm, START, START + 2 * M)
    assert block.referenced != before


@pytest.mark.parametrize(
    ("name", "of_the_case"),
    [("0.numa_hit", False), ("0.local_node", False), ("1.numa_hit", True), ("0.numa_miss", True)],
)
def test_what_the_recorder_allocates_on_its_own_node_is_left_out(name, of_the_case):
    assert told(name) is of_the_case


def test_the_counters_have_the_names_of_the_files():
    assert set(numastat(two_nodes().kernel)) == {
        f"{node}.{name}"
        for node in (0, 1)
        for name in ("numa_hit", "numa_miss", "numa_foreign", "interleave_hit", "local_node", "other_node")
    }
