"""NUMA memory policies (struct mempolicy, linux/mempolicy.h)."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from thpsh.record import record


class PolicyMode(IntEnum):
    """MPOL_* of set_mempolicy(2) and mbind(2)."""

    DEFAULT = 0
    PREFERRED = 1
    BIND = 2
    INTERLEAVE = 3


class NodeMode(IntEnum):
    """How the nodes of a policy are numbered: MPOL_F_STATIC_NODES, MPOL_F_RELATIVE_NODES, or neither."""

    PLAIN = 0
    RELATIVE = 1 << 14
    STATIC = 1 << 15


@record(frozen=True)
class MemPolicy:
    """A policy; DEFAULT is represented by None wherever a policy is optional."""

    mode: PolicyMode
    nodes: tuple[int, ...]  # ascending; empty for PREFERRED means the local node
    numbered: NodeMode = NodeMode.PLAIN
    asked: tuple[int, ...] = ()  # ascending: the nodes of the call, which only static and relative policies remember


class Placement(NamedTuple):
    """Where one allocation looks, as its policy says."""

    node: int  # whose zonelist it is
    allowed: tuple[int, ...] | None = None  # the only nodes whose memory will do; None: all
    interleaved: bool = False  # counts as interleave hit if the zone looked for has the page
