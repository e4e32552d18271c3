"""Shared anonymous memory and /dev/zero (mm/shmem.c: shmem_zero_setup; drivers/char/mem.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.filemap import truncate
from thpsh.mm.frames import drop, frames_of
from thpsh.mm.memory.zap import zap_page_range
from thpsh.mm.overcommit import vm_enough_memory, vm_unacct_memory
from thpsh.mm.page_rmap import remove_from_page_cache
from thpsh.mm.shmem_swap import shmem_free_swp
from thpsh.structs.bits import PAGES, span
from thpsh.structs.page import PAGE_SHIFT, page_align
from thpsh.structs.page_cache import AddressSpace, File, FileKind
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

DEV_ZERO: Final = "/dev/zero"
_SHM_DEVICE: Final = "00:04"  # the kernel's own tmpfs
_DEVTMPFS_DEVICE: Final = "00:05"
_DEV_ZERO_INODE: Final = 799
MAX_INDEX: Final = 1 << 52  # no file has so many pages


def dev_zero(kernel: Kernel) -> File:
    """The device file /dev/zero: mapped privately it is anonymous memory that happens to have a file."""
    file = kernel.tables.files.get(DEV_ZERO)
    if file is None:
        mapping = AddressSpace(swap_backed=False, epoch=kernel.epoch)
        file = File(DEV_ZERO, FileKind.DEVZERO, _DEVTMPFS_DEVICE, _DEV_ZERO_INODE, mapping, epoch=kernel.epoch)
        kernel.own(kernel.tables)
        kernel.tables.files[DEV_ZERO] = file
    return file


def shmem_zero_setup(kernel: Kernel, length: int, flags: int) -> File:
    """The nameless tmpfs file behind a shared anonymous mapping; all of its size is promised at once."""
    if not flags & Vm.NORESERVE:
        vm_enough_memory(kernel, None, page_align(length) >> PAGE_SHIFT)
    kernel.own(kernel.totals)
    inode = kernel.totals.next_inode
    kernel.totals.next_inode += 1
    mapping = AddressSpace(swap_backed=True, epoch=kernel.epoch)
    name = f"{DEV_ZERO} (deleted)"
    return File(name, FileKind.SHMEM, _SHM_DEVICE, inode, mapping, length, epoch=kernel.epoch)


def shmem_close(kernel: Kernel, cpu: int, vma: Vma) -> None:
    """Free the pages of a nameless or deleted file when its last mapping is gone (shmem_evict_inode)."""
    file = vma.file
    if file is None or not file.mapping.swap_backed or file.mapping.maps or file.name in kernel.tables.files:
        return
    shmem_free_swp(kernel, cpu, file.mapping, 0, MAX_INDEX)
    for block, frames in truncate(kernel, file.mapping):
        remove_from_page_cache(kernel, cpu, block, frames)
    if file.kind is FileKind.SHMEM and not vma.flags & Vm.NORESERVE:
        vm_unacct_memory(kernel, None, page_align(file.length) >> PAGE_SHIFT)


def shmem_truncate_range(kernel: Kernel, task: Task, file: File, first: int, last: int) -> None:
    """Punch a hole: the pages at the offsets [first, last) leave all address spaces and the cache."""
    mapping = file.mapping
    for vma in list(mapping.maps):
        start = max(vma.start, vma.start + ((first - vma.pgoff) << PAGE_SHIFT))
        end = min(vma.end, vma.start + ((last - vma.pgoff) << PAGE_SHIFT))
        if start < end:
            zap_page_range(kernel, task, vma, start, end)
    shmem_free_swp(kernel, task.cpu, mapping, first, last)
    kernel.own(mapping)
    for place in range(first // PAGES, (last - 1) // PAGES + 1):
        slot = mapping.slots.get(place)
        if slot is None:
            continue
        gone = slot.present & span(max(first - place * PAGES, 0), min(last - place * PAGES, PAGES))
        found = frames_of(kernel, slot, gone)
        kernel.own(slot)
        drop(slot, gone)
        mapping.nr_pages -= gone.bit_count()
        for block, frames in found:
            kernel.own(block.zone.stat)
            block.zone.stat.nr_file_pages -= frames.bit_count()
            block.zone.stat.nr_shmem -= frames.bit_count()
            remove_from_page_cache(kernel, task.cpu, block, frames)
