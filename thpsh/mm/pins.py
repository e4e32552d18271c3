"""Counting the references that processes hold on pages from outside (page->_count of get_user_pages)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from thpsh.mm.lru import in_use, release_frames
from thpsh.structs.bits import FULL, indices
from thpsh.structs.pageblock import RareFlags

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.task import Task


def get_pages(kernel: Kernel, task: Task, pages: Iterable[tuple[Pageblock, int]]) -> None:
    """Count one reference more on each frame of some masks (get_page)."""
    kernel.own(task)
    for block, mask in pages:
        rare = block.rare
        kernel.own(block)
        if rare is None:
            rare = block.rare = RareFlags(epoch=kernel.epoch)
        kernel.own(rare)
        for frame in indices(mask):
            rare.pins[frame] = rare.pins.get(frame, 0) + 1
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
