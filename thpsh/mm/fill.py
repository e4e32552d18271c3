"""A process writes other contents to every page of a range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.content import set_tags
from thpsh.mm.fault import TouchMode, TouchReport, touch
from thpsh.mm.frames import pieces
from thpsh.mm.slot_range import covered
from thpsh.mm.vma import mm_of
from thpsh.structs.bits import indices
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SHIFT, PAGE_SIZE
from thpsh.structs.page_table import HugePmd

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task


def fill(kernel: Kernel, task: Task, start: int, length: int, content: Callable[[int], int]) -> TouchReport:
    """Write to every page of a range; `content` says what the page at an offset from the start holds then."""
    report = touch(kernel, task, start, length, TouchMode(caught=True))
    end = report.at if report.at is not None else start + length
    if (report.signal and report.at is None) or start >= end:
        return report
    mm = mm_of(task)
    for slot, mask in covered(start, end, mm):
        entry = mm.pmds[slot]
        base = (slot << HPAGE_SHIFT) - start
        found = [(mask, entry.block, 0)] if isinstance(entry, HugePmd) else pieces(kernel, entry, mask & entry.present)
        for pages, block, shift in found:
            set_tags(kernel, block, {page + shift: content(base + page * PAGE_SIZE) for page in indices(pages)})
    return report


def words(seed: int) -> Callable[[int], int]:
    """Contents that differ from page to page, and are the same for the same seed."""
    return lambda offset: seed * 1000003 + (offset >> PAGE_SHIFT) + 1
