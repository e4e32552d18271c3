"""The nameless file behind MAP_HUGETLB (fs/hugetlbfs/inode.c: hugetlb_file_setup, truncate_hugepages)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.hugetlb.pool import return_unused
from thpsh.mm.hugetlb.refs import truncate_huge_page
from thpsh.mm.hugetlb.reserve import close_reservation
from thpsh.structs.hugetlb import HugetlbInode
from thpsh.structs.page_cache import AddressSpace, File, FileKind
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.vma import Vma

NAME: Final = "/anon_hugepage (deleted)"
DEVICE: Final = "00:0b"  # the kernel's own mount of hugetlbfs


def hugetlb_file_setup(kernel: Kernel, length: int) -> File:
    """A new file of hugetlbfs; the promise of its pages comes with the mapping."""
    kernel.own(kernel.totals)
    inode = kernel.totals.next_inode
    kernel.totals.next_inode += 1
    mapping = AddressSpace(swap_backed=False, hugetlb=HugetlbInode(epoch=kernel.epoch), epoch=kernel.epoch)
    return File(NAME, FileKind.HUGETLB, DEVICE, inode, mapping, length, epoch=kernel.epoch)


def hugetlb_close(kernel: Kernel, vma: Vma) -> None:
    """A mapping is gone: unused promises go back, with the last mapping of a file its pages, too."""
    if not vma.flags & Vm.HUGETLB or vma.file is None:
        return
    close_reservation(kernel, vma)
    inode = vma.file.mapping.hugetlb
    if inode is None or vma.file.mapping.maps:
        return
    kernel.own(inode)
    unused = inode.reserved.bit_count() - len(inode.pages)
    for page in inode.pages.values():
        truncate_huge_page(kernel, page)
    inode.pages.clear()
    inode.reserved = 0
    if unused:
        return_unused(kernel, unused)
