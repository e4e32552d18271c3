"""Reading a file: its pages come into the page cache (mm/filemap.c: do_generic_file_read)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.activate import mark_page_accessed
from thpsh.mm.filemap import add_to_page_cache, cached_pages, frames_behind
from thpsh.structs.bits import PAGES, shifted, span
from thpsh.structs.page import page_align
from thpsh.structs.page_cache import AddressSpace, File, FileKind

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task


def read_file(kernel: Kernel, task: Task, file: File, length: int) -> int:
    """Read the first `length` bytes of a file; returns how many pages had to come from the disk."""
    pages = page_align(length) >> 12
    read = 0
    for place in range(-(-pages // PAGES)):
        wanted = span(0, min(PAGES, pages - place * PAGES))
        missing = wanted & ~cached_pages(file.mapping, place)
        if missing:
            read += _fetch(kernel, task, file.mapping, place, missing)
        for mine, block, shift in frames_behind(kernel, file.mapping, place, wanted):
            mark_page_accessed(kernel, block, shifted(mine, shift))
    kernel.clock.spend(pages * kernel.cost.copy_page)
    return read


def _fetch(kernel: Kernel, task: Task, mapping: AddressSpace, place: int, missing: int) -> int:
    """Bring pages of a slot into the cache; returns how many had to be read from a disk."""
    if not mapping.swapped:
        add_to_page_cache(kernel, task, mapping, place, missing)
        return missing.bit_count()
    from thpsh.mm.shmem_swap import shmem_getpages  # only a host with a swap device pays for it

    total = 0
    while missing:
        fresh, _, read = shmem_getpages(kernel, task, mapping, place, missing)
        missing ^= fresh or missing & -missing
        total += read
    return total


def cache_file(kernel: Kernel, path: str, length: int, kind: FileKind = FileKind.REGULAR) -> File:
    """The file of a name, at least so long; made if there was none."""
    file = kernel.tables.files.get(path)
    if file is None:
        kernel.own(kernel.tables)
        kernel.own(kernel.totals)
        mapping = AddressSpace(swap_backed=False, epoch=kernel.epoch)
        file = File(path, kind, "08:01", kernel.totals.next_inode, mapping, epoch=kernel.epoch)
        kernel.totals.next_inode += 1
        kernel.tables.files[path] = file
    kernel.own(file)
    file.length = max(file.length, length)
    return file
