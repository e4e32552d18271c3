"""What unmapping and moving do to the names of regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.structs.page import page_align
from thpsh.structs.task import Region

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task


def forget_range(kernel: Kernel, task: Task, start: int, length: int) -> None:
    """Regions shrink where an end of them was unmapped, and are gone where all was."""
    kernel.own(task)
    end = start + page_align(length)
    for name, region in list(task.regions.items()):
        first, last = region.start, region.end
        if end <= first or start >= last:
            continue
        if start <= first and end >= last:
            del task.regions[name]
        elif start <= first:
            task.regions[name] = Region(end, last - end)
        elif end >= last:
            task.regions[name] = Region(first, start - first)


def moved_name(task: Task, name: str) -> str:
    """A free name for a moved part of a region: buf~1, buf~2 and so on."""
    number = 1
    while f"{name}~{number}" in task.regions:
        number += 1
    return f"{name}~{number}"
