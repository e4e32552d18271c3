"""References to pages beside their mappings and their cache (page->_count: get_user_pages, memory failure)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from thpsh.mm.lru import in_use, release_frames
from thpsh.mm.page_kind import PageKind, kind_of
from thpsh.structs.bits import FULL, indices
from thpsh.structs.pageblock import RareFlags

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thpsh.structs.hugetlb import HugetlbPage
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.task import Task


def get_page(kernel: Kernel, block: Pageblock, frame: int) -> None:
    """Count one reference more on a page; one on a tail of a compound page counts for its head, too."""
    page = kernel.hugetlb.pages.get(block.index)
    if page is not None:
        kernel.own(page)
        page.refs += 1
        if frame:
            page.tails[frame] = page.tails.get(frame, 0) + 1
        return
    rare = block.rare
    kernel.own(block)
    if rare is None:
        rare = block.rare = RareFlags(epoch=kernel.epoch)
    kernel.own(rare)
    rare.pins[frame] = rare.pins.get(frame, 0) + 1


def put_page(kernel: Kernel, cpu: int, block: Pageblock, frame: int) -> None:
    """Count one reference less on a page, which is freed if it was the last; the kernel's own pages have another."""
    if kind_of(kernel, block.start_pfn + frame) in (PageKind.USER, PageKind.HUGETLB):
        _drop(kernel, cpu, [(block, frame)])
    elif block.rare is not None:
        kernel.own(block.rare)
        left = block.rare.pins.pop(frame) - 1
        if left:
            block.rare.pins[frame] = left


def pinned_by_tasks(kernel: Kernel, block: Pageblock) -> Counter[int]:
    """How many references processes hold on the frames of a pageblock; all others are the kernel's own."""
    return Counter(frame for task in kernel.tasks.values() for owner, frame in task.pins if owner is block)


def get_pages(kernel: Kernel, task: Task, pages: Iterable[tuple[Pageblock, int]]) -> None:
    """Count one reference more on each frame of some masks (get_user_pages)."""
    kernel.own(task)
    for block, mask in pages:
        for frame in indices(mask):
            get_page(kernel, block, frame)
            task.pins.append((block, frame))


def put_pages(kernel: Kernel, task: Task, pages: Iterable[tuple[Pageblock, int]]) -> int:
    """Give back one reference a process holds on each frame of some masks, where it does; returns how many."""
    wanted = Counter((block, frame) for block, mask in pages for frame in indices(mask))
    kept, dropped = [], []
    for place in task.pins:
        if wanted[place] > 0:
            wanted[place] -= 1
            dropped.append(place)
        else:
            kept.append(place)
    kernel.own(task)
    task.pins = kept
    _drop(kernel, task.cpu, dropped)
    return len(dropped)


def unpin_all(kernel: Kernel, task: Task) -> int:
    """Give back all references of a process; returns how many there were."""
    dropped = task.pins
    if dropped:
        kernel.own(task)
        task.pins = []
        _drop(kernel, task.cpu, dropped)
    return len(dropped)


def _drop(kernel: Kernel, cpu: int, pins: list[tuple[Pageblock, int]]) -> None:
    """Count references off; pages that nobody uses any more are freed (put_page)."""
    dropped: dict[Pageblock, int] = {}
    for block, frame in pins:
        page = kernel.hugetlb.pages.get(block.index)
        if page is not None:
            _drop_huge(kernel, page, frame)
            continue
        rare = block.rare
        if rare is None:
            continue
        kernel.own(rare)
        rare.pins[frame] -= 1
        if not rare.pins[frame]:
            del rare.pins[frame]
            dropped[block] = dropped.get(block, 0) | 1 << frame
    freed = {}
    for block, frames in dropped.items():
        unused = (FULL if block.huge else frames) & ~in_use(block)
        if unused:
            freed[block] = unused
    if freed:
        release_frames(kernel, cpu, freed)


def _drop_huge(kernel: Kernel, page: HugetlbPage, frame: int) -> None:
    from thpsh.mm.hugetlb.refs import put_huge_page  # few hosts have a pool

    put_huge_page(kernel, page, frame)
