"""Nodes and policies as one types them."""

import pytest

from tests.support import host
from thpsh.commands.node_words import cpu_of_node, parse_nodes, parse_policy
from thpsh.errors import UsageError
from thpsh.structs.mempolicy import NodeMode, PolicyMode

KERNEL = host(memory=1 << 30, nodes=2, cpus=4).kernel


@pytest.mark.parametrize(
    ("word", "nodes"),
    [(None, ()), ("0", (0,)), ("1,0", (1, 0)), ("0-2,5", (0, 1, 2, 5)), ("all", (0, 1))],
)
def test_lists_of_nodes(word, nodes):
    assert parse_nodes(KERNEL, word) == nodes


@pytest.mark.parametrize("word", ["one", "0,,1", "-1", "0-", "12345"])
def test_what_is_no_list_of_nodes_is_named(word):
    with pytest.raises(UsageError, match=f"'{word}': expected nodes"):
        parse_nodes(KERNEL, word)


def test_policies_have_the_names_of_the_system_call():
    assert parse_policy("interleave") == (PolicyMode.INTERLEAVE, NodeMode.PLAIN)
    assert parse_policy("bind=static") == (PolicyMode.BIND, NodeMode.STATIC)


def test_a_node_has_a_first_cpu():
    assert cpu_of_node(KERNEL, 1) == 1
    with pytest.raises(UsageError, match="expected a node with a CPU, 0 to 1"):
        cpu_of_node(KERNEL, 2)
