"""Intended: promises that commits of the history made and the kernels of the era did not keep (decisions.md §1)."""

from __future__ import annotations

from thpsh.record import names_of, record


@record(frozen=True)
class Intended:
    """Which promises the booted kernel keeps; all False is what the real kernels did."""

    small_system_below_1g: bool = False  # commit 21 says 1 GB, its code compares with 512 MiB
    advice_registers: bool = False  # commit 18: advice on touched memory registers the process, under madvise, too
    other_node_counts: bool = False  # commit 8: GFP_OTHER_NODE lies above the bits that the allocator lets through

    @classmethod
    def all(cls) -> Intended:
        """A kernel that keeps every promise (`--intended`)."""
        return cls(**dict.fromkeys(names_of(cls), True))
