"""Failures and races on demand: the Nth passing of a point (after lib/fault-inject.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel

POINTS: Final = {
    "vma_alloc": "no memory for a VMA that a cut needs: ENOMEM (split_vma)",
    "page_alloc": "no huge page to be had, whatever is free (alloc_hugepage)",
    "memcg_charge": "no room for a huge page in its memory cgroup (mem_cgroup_newpage_charge)",
    "collapse_isolate": "somebody takes a page after khugepaged charged its own: no collapse",
    "exec_copy": "khugepaged gets a turn while exec copies the arguments",
}
"""Where something can be made to go wrong, and what does."""


def should_fail(kernel: Kernel, point: str) -> bool:
    """Does this passing of a point fail? Each is counted; the one asked for fails, once (should_fail)."""
    armed = kernel.tables.inject
    if point not in armed:
        return False
    kernel.own(kernel.tables)
    armed[point] -= 1
    if armed[point]:
        return False
    del armed[point]
    return True


def arm(kernel: Kernel, point: str, passing: int) -> None:
    """Let the Nth passing from now fail; 0 takes that back."""
    kernel.own(kernel.tables)
    if passing:
        kernel.tables.inject[point] = passing
    else:
        kernel.tables.inject.pop(point, None)
