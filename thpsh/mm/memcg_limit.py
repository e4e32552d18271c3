"""Changing the limits of a group (mm/memcontrol.c: mem_cgroup_resize_limit, mem_cgroup_resize_memsw_limit)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.memcg_charge import RECLAIM_RETRIES
from thpsh.mm.memcg_reclaim import hierarchical_reclaim
from thpsh.mm.memcontrol import memcg_oom_recover

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup, ResCounter


def resize_limit(kernel: Kernel, memcg: MemCgroup, limit: int) -> None:
    """Set memory.limit_in_bytes; EINVAL above the limit of memory+swap, EBUSY when usage cannot be brought below."""
    if memcg.memsw.limit < limit:
        raise KernelError(Errno.EINVAL, f"{limit}: memory.memsw.limit_in_bytes is {memcg.memsw.limit}")
    _resize(kernel, memcg, memcg.res, limit)


def resize_memsw_limit(kernel: Kernel, memcg: MemCgroup, limit: int) -> None:
    """Set memory.memsw.limit_in_bytes; EINVAL below the limit of memory, EBUSY when usage cannot be brought below."""
    if memcg.res.limit > limit:
        raise KernelError(Errno.EINVAL, f"{limit}: memory.limit_in_bytes is {memcg.res.limit}")
    _resize(kernel, memcg, memcg.memsw, limit)


def _resize(kernel: Kernel, memcg: MemCgroup, counter: ResCounter, limit: int) -> None:
    """Set one of the limits, reclaiming as long as usage is above it and goes down; no failure is counted."""
    enlarge = counter.limit < limit
    retries = RECLAIM_RETRIES * sum(1 for _ in memcg.subtree())
    before = counter.usage
    while counter.usage > limit:
        if not retries:
            raise KernelError(Errno.EBUSY, f"{counter.usage} bytes are in use and cannot be reclaimed")
        hierarchical_reclaim(kernel, 0, memcg, noswap=counter is memcg.memsw, shrink=True)
        if counter.usage >= before:
            retries -= 1
        else:
            before = counter.usage
    kernel.own(counter)
    kernel.own(memcg)
    counter.limit = limit
    memcg.memsw_is_minimum = memcg.res.limit == memcg.memsw.limit
    if enlarge:
        memcg_oom_recover(kernel, memcg)
