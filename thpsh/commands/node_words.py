"""Words that name NUMA nodes and policies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError
from thpsh.structs.mempolicy import NodeMode, PolicyMode

if TYPE_CHECKING:
    from thpsh.commands.command import CommandParser
    from thpsh.structs.kernel import Kernel

NODES: Final = "0, 0,1, 0-3 or all"
POLICIES: Final = tuple(mode.name.lower() for mode in PolicyMode)
NUMBERED: Final = {"static": NodeMode.STATIC, "relative": NodeMode.RELATIVE}
_PART: Final = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")


def parse_nodes(kernel: Kernel, word: str | None) -> tuple[int, ...]:
    """The nodes of a list; nodes that the host lacks are for the kernel to refuse."""
    if not word:
        return ()
    if word == "all":
        return tuple(node.nid for node in kernel.nodes)
    found: list[int] = []
    for part in word.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise UsageError(f"{word!r}: expected nodes, as in {NODES}")
        first = int(match[1])
        found += range(first, int(match[2] or first) + 1)
    return tuple(found)


def parse_policy(word: str) -> tuple[PolicyMode, NodeMode]:
    """A memory policy by its name, and how its nodes are numbered: `bind`, `bind=static`, `bind=relative`."""
    name, _, numbered = word.partition("=")
    return PolicyMode[name.upper()], NUMBERED.get(numbered, NodeMode.PLAIN)


def policy_arguments(parser: CommandParser) -> None:
    """A policy and its nodes: POLICY [NODES]."""
    words = POLICIES + tuple(f"{policy}={numbered}" for policy in POLICIES for numbered in NUMBERED)
    text = f"{', '.join(POLICIES)}; =static or =relative behind it says how NODES count"
    parser.add_argument("policy", metavar="POLICY", choices=words, help=text)
    parser.add_argument("nodes", metavar="NODES", nargs="?", help=f"{NODES}; none for default, and for the local node")


def cpu_of_node(kernel: Kernel, number: int) -> int:
    """The first CPU of a node."""
    if not 0 <= number < len(kernel.nodes) or not kernel.nodes[number].cpus:
        raise UsageError(f"node {number}: expected a node with a CPU, 0 to {len(kernel.nodes) - 1}")
    return kernel.nodes[number].cpus[0]
