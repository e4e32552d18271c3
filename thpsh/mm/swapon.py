"""Making a swap device available and taking it away (mm/swapfile.c: sys_swapon, sys_swapoff, try_to_unuse)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.lru import activate_page
from thpsh.mm.memory.swap import charge_swapin, commit_charge_swapin, map_swapped_in, read_swap_pages, take_entry
from thpsh.mm.oom_retry import retry_after_oom
from thpsh.mm.pagevec import lru_add_drain
from thpsh.mm.shmem_swap import shmem_unuse
from thpsh.mm.swap_state import cached_frame, delete_from_swap_cache
from thpsh.mm.swapfile import add_swap_device, entries_of, remove_swap_device, swap_free
from thpsh.structs.bits import PAGES, runs
from thpsh.structs.page import HPAGE_SHIFT, KIB, PAGE_SHIFT, PAGE_SIZE
from thpsh.structs.page_table import PageTable
from thpsh.structs.swap_entry import swp_offset, swp_type
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.swap import SwapDevice
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

MAX_DEVICES: Final = 29
SMALLEST: Final = 2 * PAGE_SIZE  # a header and one slot


def swapon(kernel: Kernel, size: int) -> SwapDevice:
    """Add a swap device of `size` bytes, its header included."""
    if size < SMALLEST:
        raise KernelError(Errno.EINVAL, "a swap device needs two pages, one of them for its header")
    if len(kernel.swap.devices) >= MAX_DEVICES:
        raise KernelError(Errno.EPERM, f"there are {MAX_DEVICES} swap devices already")
    taken = {device.name for device in kernel.swap.devices.values()}
    name = next(name for number in range(MAX_DEVICES + 1) if (name := f"/dev/ram{number}") not in taken)
    device = add_swap_device(kernel, name, size)
    kb = device.pages * PAGE_SIZE // KIB
    kernel.trace.emit(Printk(f"Adding {kb}k swap on {name}.  Priority:{device.priority} extents:1 across:{kb}k "))
    kernel.clock.spend(kernel.cost.syscall)
    return device


def swapoff(kernel: Kernel, task: Task, name: str) -> None:
    """Bring everything on a device back into memory and remove it; EINVAL when there is no such device."""
    device = next((device for device in kernel.swap.devices.values() if device.name == name), None)
    if device is None:
        raise KernelError(Errno.EINVAL, f"{name} is no swap device in use")
    if device.inuse > sum(zone.free for zone in kernel.zones):
        raise KernelError(Errno.ENOMEM, f"{device.inuse} pages on {name} do not fit into free memory")
    kernel.own(device)
    kernel.own(kernel.swap)
    device.writable = False
    kernel.swap.free -= device.pages - device.inuse
    kernel.swap.total -= device.pages
    try:
        for place in list(device.clusters):
            retry_after_oom(kernel, task, partial(_unuse_cluster, kernel, task, device, place))
    except KernelError:
        device.writable = True
        kernel.swap.free += device.pages - device.inuse
        kernel.swap.total += device.pages
        raise
    remove_swap_device(kernel, device)


def _unuse_cluster(kernel: Kernel, task: Task, device: SwapDevice, place: int) -> None:
    """Bring the pages of 512 slots back and map them everywhere (try_to_unuse)."""
    for first, length in runs(device.clusters[place].used):
        read_swap_pages(kernel, task.cpu, list(entries_of(device, (place << 9) + first, length)))
    lru_add_drain(kernel, task.cpu)
    for other in list(kernel.tasks.values()):
        if other.mm is not None and other.mm.swap_ents:
            _unuse_mm(kernel, task, other.mm, device, place)
    shmem_unuse(kernel, task, device, place)
    cluster = device.clusters[place]
    for slot, pfn in list(cluster.frames.items()):
        if not cluster.once >> slot & 1:
            delete_from_swap_cache(kernel, kernel.block_of(pfn), 1 << (pfn & PAGES - 1))


def _unuse_mm(kernel: Kernel, task: Task, mm: Mm, device: SwapDevice, place: int) -> None:
    for slot, table in list(mm.pmds.items()):
        if not isinstance(table, PageTable) or table.swapped is None:
            continue
        mine = [
            page
            for page, entry in table.swapped.items()
            if swp_type(entry) == device.number and swp_offset(entry) >> 9 == place
        ]
        for page in sorted(mine):
            vma = mm.vma_at((slot << HPAGE_SHIFT) + (page << PAGE_SHIFT))
            if vma is not None:
                _unuse_pte(kernel, task, (vma, slot, page), table)


def _unuse_pte(kernel: Kernel, task: Task, where: tuple[Vma, int, int], table: PageTable) -> None:
    """Put one page back where a swap entry was: old, read-only, on the active list."""
    vma, _, page = where
    entry = (table.swapped or {})[page]
    while (pfn := cached_frame(kernel, entry)) is None:
        read_swap_pages(kernel, task.cpu, [entry])
    block, frame = kernel.block_of(pfn), pfn & PAGES - 1
    memcg = charge_swapin(kernel, task, vma.mm.memcg, (block, frame), entry)
    kernel.own(table)
    take_entry(kernel, vma, table, page)
    map_swapped_in(kernel, where, (block, frame), memcg, exclusive=False)
    commit_charge_swapin(kernel, (block, frame), entry, memcg)
    swap_free(kernel, [entry])
    activate_page(kernel, block, 1 << frame)
