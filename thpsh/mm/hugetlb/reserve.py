"""Pages promised to mappings (mm/hugetlb.c: hugetlb_reserve_pages, vma_commit_reservation, alloc_huge_page).

A shared mapping has its promise noted in the file: index by index, for good. A private one has it in a map of what it
has used up; a child of fork has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.hugetlb.pool import acct_memory, alloc_surplus, dequeue, return_unused
from thpsh.mm.mempolicy import huge_placement
from thpsh.mm.page_alloc import zonelist
from thpsh.structs.hugetlb import HugetlbInode, ReserveMap
from thpsh.structs.page import HPAGE_ORDER, HPAGE_SHIFT, Gfp
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.structs.hugetlb import HugetlbPage
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma


def index_of(vma: Vma, slot: int) -> int:
    """The index in its file of the page that a mapping shows at a slot (vma_hugecache_offset)."""
    return slot - (vma.start >> HPAGE_SHIFT) + (vma.pgoff >> HPAGE_ORDER)


def indices_of(vma: Vma) -> int:
    """The mask of all indices that a mapping shows."""
    return (1 << (vma.end - vma.start >> HPAGE_SHIFT)) - 1 << (vma.pgoff >> HPAGE_ORDER)


def inode_of(vma: Vma) -> HugetlbInode:
    """The file behind a mapping of hugetlbfs."""
    inode = vma.file.mapping.hugetlb if vma.file is not None else None
    if inode is None:
        raise KernelError(Errno.EINVAL, f"the mapping at {vma.start:#x} is not one of hugetlbfs")
    return inode


def reserve_pages(kernel: Kernel, cpu: int, vma: Vma) -> None:
    """Promise a new mapping all of its pages, unless it wants no promise; ENOMEM if they cannot be had."""
    if vma.flags & Vm.NORESERVE:
        return
    wanted = indices_of(vma)
    if not vma.flags & Vm.MAYSHARE:
        acct_memory(kernel, cpu, wanted.bit_count())
        vma.reserve = ReserveMap(epoch=kernel.epoch)
        return
    inode = inode_of(vma)
    acct_memory(kernel, cpu, (wanted & ~inode.reserved).bit_count())
    kernel.own(inode)
    inode.reserved |= wanted


def close_reservation(kernel: Kernel, vma: Vma) -> None:
    """Take back what a private mapping did not use (hugetlb_vm_op_close)."""
    if vma.reserve is not None:
        unused = (indices_of(vma) & ~vma.reserve.consumed).bit_count()
        if unused:
            return_unused(kernel, unused)


def alloc_huge_page(kernel: Kernel, task: Task, vma: Vma, slot: int, *, avoid_reserve: bool) -> HugetlbPage | None:
    """A page for a fault, from the pool or as surplus; `avoid_reserve`: one that is promised to nobody.

    The pool is searched as the memory policy says; surplus comes from wherever the process is. A shared mapping counts
    as one with promises even if it wanted none: it may take the pages of others (3.0). Where the pool has fewer free
    pages than promises and one is kept with a surplus page, it still counts as a promise for good (3.0, too).
    """
    pool = kernel.hugetlb
    has_reserves = bool(vma.flags & Vm.MAYSHARE) or vma.reserve is not None
    promised = has_reserves and not avoid_reserve and not vma.flags & Vm.NORESERVE
    page = None
    if (has_reserves and not avoid_reserve) or pool.free != pool.reserved:
        page = dequeue(kernel, _nodes(kernel, task, vma, slot))
    if page is None:
        page = alloc_surplus(kernel, task.cpu)
        kernel.own(pool)
        pool.leaked += promised and page is not None
    elif promised:
        kernel.own(pool)
        pool.reserved -= 1
    if page is not None:
        _commit(kernel, vma, index_of(vma, slot))
    return page


def _nodes(kernel: Kernel, task: Task, vma: Vma, slot: int) -> tuple[int, ...]:
    """The nodes on which a page for a slot may be, the best first (huge_zonelist)."""
    near = (kernel.cpus[task.cpu].node, Gfp.HIGHUSER_MOVABLE)
    place = huge_placement(kernel, task, vma, slot, near)
    return tuple(dict.fromkeys(zone.node for zone in zonelist(kernel, place, Gfp.HIGHUSER_MOVABLE)))


def _commit(kernel: Kernel, vma: Vma, index: int) -> None:
    """Note that the page of an index is there (vma_commit_reservation)."""
    if vma.flags & Vm.MAYSHARE:
        inode = inode_of(vma)
        kernel.own(inode)
        inode.reserved |= 1 << index
    elif vma.reserve is not None:
        kernel.own(vma.reserve)
        vma.reserve.consumed |= 1 << index
