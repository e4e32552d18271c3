"""From a page of the pool to its mappings (mm/rmap.c: rmap_walk, vma_address).

A page of a file is looked for by its index, which counts huge pages, among page offsets, which count small ones (3.0,
until 3.16): only mappings that cover the small offset are found, and of these only those that show the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.hugetlb.reserve import index_of
from thpsh.structs.page import HPAGE_ORDER, HPAGE_SHIFT

if TYPE_CHECKING:
    from thpsh.structs.hugetlb import HugetlbPage
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.page_cache import AddressSpace
    from thpsh.structs.vma import Vma


def mappings(kernel: Kernel, page: HugetlbPage) -> list[tuple[Vma, int]]:
    """The VMAs and slots that map a page, process by process."""
    found = []
    mms = dict.fromkeys(task.mm for task in kernel.tasks.values() if task.mm is not None)
    for mm in mms:
        for slot, entry in mm.hugetlb.items():
            vma = mm.vma_at(slot << HPAGE_SHIFT)
            if entry.page is page and vma is not None:
                found.append((vma, slot))
    return found


def reachable(kernel: Kernel, page: HugetlbPage) -> list[tuple[Vma, int]]:
    """Those of the mappings that the kernel finds."""
    found = mappings(kernel, page)
    return found if page.anon else [(vma, slot) for vma, slot in found if _covers(vma, index_of(vma, slot))]


def covering(kernel: Kernel, page: HugetlbPage) -> list[tuple[Vma, int | None]]:
    """The VMAs that the kernel takes for users of a page, with the address; None: they show other pages only."""
    found = file_of(kernel, page)
    if found is None:
        return [(vma, slot << HPAGE_SHIFT) for vma, slot in mappings(kernel, page)]
    mapping, index = found
    return [(vma, vma.address_of(index << HPAGE_ORDER)) for vma in mapping.maps if _covers(vma, index)]


def file_of(kernel: Kernel, page: HugetlbPage) -> tuple[AddressSpace, int] | None:
    """The file that a page belongs to, and its index there; None for private pages."""
    if not page.cached:
        return None
    for task in kernel.tasks.values():
        for vma in task.mm.vmas if task.mm is not None else ():
            inode = vma.file.mapping.hugetlb if vma.file is not None else None
            for index, each in inode.pages.items() if inode is not None else ():
                if each is page and vma.file is not None:
                    return vma.file.mapping, index
    return None


def _covers(vma: Vma, offset: int) -> bool:
    return vma.pgoff <= offset < vma.pgoff + vma.nr_pages
