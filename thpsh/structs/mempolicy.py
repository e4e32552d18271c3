"""NUMA memory policies (struct mempolicy, linux/mempolicy.h)."""

from __future__ import annotations

from enum import IntEnum

from thpsh.record import record


class PolicyMode(IntEnum):
    """MPOL_* of set_mempolicy(2) and mbind(2)."""

    DEFAULT = 0
    PREFERRED = 1
    BIND = 2
    INTERLEAVE = 3


@record(frozen=True)
class MemPolicy:
    """A policy; DEFAULT is represented by None wherever a policy is optional."""

    mode: PolicyMode
    nodes: tuple[int, ...]  # ascending; empty for PREFERRED means the local node
