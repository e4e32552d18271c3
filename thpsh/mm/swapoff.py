"""Taking a swap device away (mm/swapfile.c: sys_swapoff, try_to_unuse)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.errors import Errno, KernelError, ModelBug
from thpsh.mm.activate import activate_page
from thpsh.mm.ksm.swapin import might_need_to_copy
from thpsh.mm.memcg_charge import MemcgOutOfMemory
from thpsh.mm.memory.swap import charge_swapin, commit_charge_swapin, map_swapped_in, read_swap_pages, take_entry
from thpsh.mm.oom_retry import retry_after_oom
from thpsh.mm.overcommit import vm_enough_memory, vm_unacct_memory
from thpsh.mm.page_alloc import OutOfMemory
from thpsh.mm.shmem_swap import shmem_unuse
from thpsh.mm.swap_state import cached_frame, delete_from_swap_cache
from thpsh.mm.swapfile import disable_swap_device, enable_swap_device, remove_swap_device, swap_counts, swap_free
from thpsh.structs.bits import PAGES, indices
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SHIFT
from thpsh.structs.page_table import PageTable
from thpsh.structs.swap_entry import swp_entry, swp_offset, swp_type

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.page_cache import AddressSpace
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.swap import SwapDevice
    from thpsh.structs.task import Task

_SHIFT: Final = 9
_SCORE: Final = 1000  # whoever calls swapoff is the first to go (test_set_oom_score_adj)


class _User(NamedTuple):
    """A page-table entry that refers to a slot."""

    mm: Mm
    slot: int
    page: int


class _Users(NamedTuple):
    """Who refers to the slots of a cluster, by entry."""

    ptes: dict[int, list[_User]]
    files: dict[int, tuple[AddressSpace, int]]  # with the page offset


def swapoff(kernel: Kernel, task: Task, name: str) -> None:
    """Bring everything on a device back into memory and remove it; EINVAL when there is no such device.

    ENOMEM where the size of the device could not be promised as memory, EINTR where memory ends meanwhile.
    """
    device = next((device for device in kernel.swap.devices.values() if device.name == name), None)
    if device is None:
        raise KernelError(Errno.EINVAL, f"{name} is no swap device in use")
    vm_enough_memory(kernel, task.mm, device.pages)
    vm_unacct_memory(kernel, task.mm, device.pages)
    disable_swap_device(kernel, device)
    try:
        _try_to_unuse(kernel, task, device)
    except KernelError:
        enable_swap_device(kernel, device)
        raise
    remove_swap_device(kernel, device)


def _try_to_unuse(kernel: Kernel, task: Task, device: SwapDevice) -> None:
    """Read slot after slot and put the page wherever the slot was; again, until none is in use."""
    while device.inuse:
        before = device.inuse
        for place in sorted(device.clusters):
            users = _users(kernel, device, place)
            for slot in indices(device.clusters[place].used):
                entry = swp_entry(device.number, (place << _SHIFT) + slot)
                retry_after_oom(kernel, task, partial(_unuse_or_die, kernel, task, entry, users))
        if device.inuse >= before:
            raise ModelBug(f"{device.name}: {device.inuse} slots that nobody can be found for")


def _users(kernel: Kernel, device: SwapDevice, place: int) -> _Users:
    """Who refers to the 512 slots of a cluster, the oldest process first."""
    ptes: dict[int, list[_User]] = {}
    for task in kernel.tasks.values():
        mm = task.mm
        for slot, table in mm.pmds.items() if mm is not None and mm.swap_ents else ():
            if isinstance(table, PageTable) and table.swapped is not None:
                for page, entry in table.swapped.items():
                    if _lies_in(entry, device, place) and mm is not None:
                        ptes.setdefault(entry, []).append(_User(mm, slot, page))
    files = {
        entry: (mapping, offset)
        for mapping in kernel.swap.shmem
        for offset, entry in mapping.swapped.items()
        if _lies_in(entry, device, place)
    }
    return _Users(ptes, files)


def _lies_in(entry: int, device: SwapDevice, place: int) -> bool:
    return swp_type(entry) == device.number and swp_offset(entry) >> _SHIFT == place


def _unuse_or_die(kernel: Kernel, task: Task, entry: int, users: _Users) -> None:
    """Bring one page back; raises EINTR where memory ends: the caller would be the first to be killed."""
    try:
        _unuse(kernel, task, entry, users)
    except MemcgOutOfMemory:
        raise
    except OutOfMemory:
        from thpsh.mm.oom_kill import oom_badness, select_bad_process

        first = select_bad_process(kernel)
        if first is not None and oom_badness(kernel, first) >= _SCORE:
            raise  # somebody else who is as bad is found before
        raise KernelError(Errno.EINTR, "memory ends, and who calls swapoff is the first to be killed") from None


def _unuse(kernel: Kernel, task: Task, entry: int, users: _Users) -> None:
    """Bring the page of a slot that may be in use back into memory, to all who refer to it."""
    cluster = kernel.swap.devices[swp_type(entry)].clusters[swp_offset(entry) >> _SHIFT]
    if not cluster.used >> (swp_offset(entry) & PAGES - 1) & 1:
        return
    while cached_frame(kernel, entry) is None:
        read_swap_pages(kernel, task.cpu, [entry])
    held = users.files.get(entry)
    if held is not None and held[0].swapped.get(held[1]) == entry:
        shmem_unuse(kernel, task, *held)
        return
    before = swap_counts(kernel, entry)
    for user in users.ptes.get(entry, ()):
        _unuse_pte(kernel, task, user, entry)
    page = _page_of(kernel, entry)
    if page is not None:
        delete_from_swap_cache(kernel, page[0], 1 << page[1])
    if 0 < swap_counts(kernel, entry) < before:
        _unuse(kernel, task, entry, users)  # it was a merged page: for those it does not belong to it is read again


def _page_of(kernel: Kernel, entry: int) -> tuple[Pageblock, int] | None:
    pfn = cached_frame(kernel, entry)
    return None if pfn is None else (kernel.block_of(pfn), pfn & PAGES - 1)


def _unuse_pte(kernel: Kernel, task: Task, user: _User, entry: int) -> None:
    """Put one page back where a swap entry is: old, read-only; one that is on a list already becomes active."""
    mm, slot, page = user
    table = mm.pmds.get(slot)
    vma = mm.vma_at((slot << HPAGE_SHIFT) + (page << PAGE_SHIFT))
    if not isinstance(table, PageTable) or (table.swapped or {}).get(page) != entry or vma is None:
        return  # its process has died meanwhile
    found = _page_of(kernel, entry)
    if found is None:
        raise ModelBug(f"the page of swap entry {entry:#x} is gone")
    if might_need_to_copy(found, vma, (slot << HPAGE_SHIFT) + (page << PAGE_SHIFT)):
        return  # page_address_in_vma finds it at another place only
    memcg = charge_swapin(kernel, task, mm.memcg, found, entry)
    kernel.own(table)
    take_entry(kernel, vma, table, page)
    map_swapped_in(kernel, (vma, slot, page), found, memcg, exclusive=False)
    commit_charge_swapin(kernel, found, entry, memcg)
    swap_free(kernel, [entry])
    activate_page(kernel, found[0], 1 << found[1])
