"""Memory promised to processes: Committed_AS and its limits (mm/mmap.c: __vm_enough_memory)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.structs.page import HPAGE_NR

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm

GUESS: Final = 0
ALWAYS: Final = 1
NEVER: Final = 2
_OWN_SHARE: Final = 32  # under NEVER, 1/32 of the caller's own size is kept for others


def vm_acct_memory(kernel: Kernel, mm: Mm | None, pages: int) -> None:
    """Count pages as promised, or with a negative number as given back; `mm` is None for pages of a shared object."""
    kernel.own(kernel.totals)
    kernel.totals.committed_as += pages
    if mm is not None:
        kernel.own(mm)
        mm.committed += pages


def vm_unacct_memory(kernel: Kernel, mm: Mm | None, pages: int) -> None:
    """Count promised pages as given back."""
    vm_acct_memory(kernel, mm, -pages)


def vm_enough_memory(kernel: Kernel, mm: Mm | None, pages: int, size: int | None = None) -> None:
    """Promise pages, or raise ENOMEM under the sysctl overcommit_memory; everybody is root here and pays no 3 %.

    `size`: the pages of the caller's own address space, if that is not `mm`.
    """
    mode = kernel.sysctl.overcommit_memory
    if mode == NEVER:
        if size is None:
            size = mm.total_vm if mm is not None else 0
        enough = kernel.totals.committed_as + pages < _commit_limit(kernel, size)
    else:
        enough = mode == ALWAYS or pages < _reachable(kernel)
    if not enough:
        raise KernelError(Errno.ENOMEM, f"{pages * 4} kB more than overcommit_memory = {mode} allows to promise")
    vm_acct_memory(kernel, mm, pages)


def _commit_limit(kernel: Kernel, size: int) -> int:
    allowed = (kernel.totals.total_pages - kernel.hugetlb.total * HPAGE_NR) * kernel.sysctl.overcommit_ratio // 100
    allowed += kernel.swap.total
    return allowed - size // _OWN_SHARE


def _reachable(kernel: Kernel) -> int:
    """Pages that one request may get under GUESS: page cache, swap, reclaimable slab, what is free above reserves.

    Since 3.1 shared memory is no page cache here, and the reserves are taken from the sum, not from what is free.
    """
    cached = sum(zone.stat.nr_file_pages + zone.stat.nr_slab_reclaimable for zone in kernel.zones)
    free = sum(zone.free for zone in kernel.zones)
    if not kernel.features.overcommit_without_shmem:
        return cached + kernel.swap.free + max(0, free - totalreserve_pages(kernel))
    shmem = sum(zone.stat.nr_shmem for zone in kernel.zones)
    return cached - shmem + kernel.swap.free + free - totalreserve_pages(kernel)


def totalreserve_pages(kernel: Kernel) -> int:
    """Pages kept back by watermarks and lowmem reserves (calculate_totalreserve_pages)."""
    return sum(min(zone.present, max(zone.lowmem_reserve) + zone.high_wmark) for zone in kernel.zones)
