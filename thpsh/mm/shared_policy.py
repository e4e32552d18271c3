"""Policies of shared memory: they belong to the object, not to who maps it (mm/mempolicy.c: mpol_set_shared_policy)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mempolicy import MemPolicy
    from thpsh.structs.page_cache import AddressSpace

_END = 1 << 64


def set_shared_policy(kernel: Kernel, mapping: AddressSpace, bounds: tuple[int, int], policy: MemPolicy | None) -> None:
    """Give the page offsets [first, last) a policy, or with None the default back."""
    first, last = bounds
    kept = []
    for low, high, other in mapping.policies:
        kept += [(a, b, other) for a, b in ((low, min(high, first)), (max(low, last), high)) if a < b]
    if policy is not None:
        kept.append((first, last, policy))
    kernel.own(mapping)
    mapping.policies = tuple(sorted(kept, key=lambda each: each[0]))


def shared_policy(mapping: AddressSpace, offset: int) -> tuple[MemPolicy | None, int]:
    """The policy of a page offset, and the first offset above it that may have another one."""
    for low, high, policy in mapping.policies:
        if low <= offset < high:
            return policy, high
        if offset < low:
            return None, low
    return None, _END
