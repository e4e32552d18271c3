"""What must hold of the hugetlbfs pool; a part of debug_vm."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from thpsh.errors import ModelBug
from thpsh.mm.hugetlb.reserve import indices_of
from thpsh.structs.bits import FULL
from thpsh.structs.page import HPAGE_SHIFT, HPAGE_SIZE
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.structs.hugetlb import HugetlbInode, HugetlbPage
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm


def _expect(what: str, kept: object, found: object) -> None:
    if kept != found:
        raise ModelBug(f"hugetlb: {what}: kept {kept}, recomputed {found}")


def check_hugetlb(kernel: Kernel, mms: list[Mm]) -> None:
    """Every page is free, mapped as often as it says, or in a file; promises add up.

    There may be fewer free pages than promises: shared mappings with MAP_NORESERVE take promised ones in 3.0, and so
    do memory errors and soft offline.
    """
    mapped: dict[HugetlbPage, int] = {}
    for mm in mms:
        for slot, entry in mm.hugetlb.items():
            vma = mm.vma_at(slot << HPAGE_SHIFT)
            if vma is None or not vma.flags & Vm.HUGETLB or slot in mm.pmds:
                raise ModelBug(f"hugetlb: mm {mm.number} maps slot {slot:#x} outside of such a mapping")
            mapped[entry.page] = mapped.get(entry.page, 0) + 1
    inodes = _inodes(mms)
    cached = {page for inode in inodes for page in inode.pages.values()}
    _check_pages(kernel, mapped, cached)
    _check_pins(kernel)
    promised = sum(inode.reserved.bit_count() - len(inode.pages) for inode in inodes)
    unused = sum(_unused(mm) for mm in mms)
    _expect("reserved", kernel.hugetlb.reserved, promised + unused + kernel.hugetlb.leaked)


def _inodes(mms: list[Mm]) -> list[HugetlbInode]:
    """The files of hugetlbfs that are mapped."""
    found: dict[HugetlbInode, None] = {}
    for mm in mms:
        for vma in mm.vmas:
            if vma.flags & Vm.HUGETLB and vma.file is not None and vma.file.mapping.hugetlb is not None:
                found[vma.file.mapping.hugetlb] = None
                if (vma.start | vma.end) % HPAGE_SIZE:
                    raise ModelBug(f"hugetlb: mm {mm.number}: VMA {vma.start:#x} is not made of huge pages")
    return list(found)


def _unused(mm: Mm) -> int:
    """Promises of private mappings not used yet."""
    return sum((indices_of(vma) & ~vma.reserve.consumed).bit_count() for vma in mm.vmas if vma.reserve is not None)


def _check_pages(kernel: Kernel, mapped: dict[HugetlbPage, int], cached: set[HugetlbPage]) -> None:
    pool = kernel.hugetlb
    free = {page for node in pool.nodes for page in node.free}
    per_node = [0] * len(pool.nodes)
    for index, page in pool.pages.items():
        per_node[page.block.zone.node] += 1
        _expect(f"pageblock {index:#x}", page.block.zone.pageblocks.get(index), page.block)
        _expect(f"frames of pageblock {index:#x}", page.block.kernel, FULL)
        _expect(f"mapcount of pageblock {index:#x}", page.mapcount, mapped.pop(page, 0))
        _expect(f"pageblock {index:#x} in a file", page.cached, page in cached)
        _expect(f"pageblock {index:#x} free", page in free, not page.count)
        if page.refs < 0 or any(count <= 0 for count in page.tails.values()):
            raise ModelBug(f"hugetlb: pageblock {index:#x}: references {page.refs}, tails {page.tails}")
        if page in free and page.anon:
            raise ModelBug(f"hugetlb: pageblock {index:#x} is free and has a mapping")
    _expect("pages by node", [node.pages for node in pool.nodes], per_node)
    _expect("pages mapped that are not of the pool", 0, len(mapped))
    _expect("free pages", pool.free, len(free))
    for node in pool.nodes:
        if not 0 <= node.surplus <= node.pages:
            raise ModelBug(f"hugetlb: {node.surplus} of {node.pages} pages of a node are surplus")


def _check_pins(kernel: Kernel) -> None:
    """What processes hold of pages of the pool is counted there: on the head, and on the tails one by one."""
    held: dict[HugetlbPage, Counter[int]] = {}
    for task in kernel.tasks.values():
        for block, frame in task.pins:
            page = kernel.hugetlb.pages.get(block.index)
            if page is not None:
                held.setdefault(page, Counter())[frame] += 1
    for page, frames in held.items():
        short = frames.total() > page.refs or any(
            count > page.tails.get(frame, 0) for frame, count in frames.items() if frame
        )
        if short:
            raise ModelBug(f"hugetlb: pageblock {page.block.index:#x}: {frames.total()} pins, {page.refs} references")
