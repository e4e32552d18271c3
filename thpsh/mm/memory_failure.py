"""Memory errors: the page is taken from all who map it and never used again (mm/memory-failure.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.mm.exit import do_exit
from thpsh.mm.huge_memory.split import split_huge_page
from thpsh.mm.isolate import file_backed, ramfs_pages
from thpsh.mm.locks import PAGE_LOCK, held
from thpsh.mm.mmu_gather import MmuGather
from thpsh.mm.page_alloc import drain_all_pages
from thpsh.mm.page_flags import ksm_pages, poisoned, rare_flags
from thpsh.mm.page_rmap import forget_owner, owner_of, set_owner
from thpsh.mm.page_state import DELAYED, IGNORED, UNKNOWN, act_on, on_lru, references, state_of
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.panic import panic
from thpsh.mm.rmap_unmap import try_to_unmap
from thpsh.mm.rmap_walk import Mapping, mapped_ranges, page_mappings, take_ptes
from thpsh.mm.rss_stat import update_hiwater_rss
from thpsh.mm.swap_state import swap_cached
from thpsh.structs.bits import PAGES, lowest, shifted
from thpsh.structs.page import PAGE_SHIFT
from thpsh.structs.page_cache import AddressSpace
from thpsh.structs.swap_entry import SWP_HWPOISON, swp_entry
from thpsh.trace.events.fault import Signal
from thpsh.trace.events.huge_memory import SplitReason
from thpsh.trace.events.memory_failure import MemoryFailureEvent
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.task import Task


INIT: Final = 1  # its signals are ignored unless it has handlers


class _Victim(NamedTuple):
    """A process that wants to know at once, and where it sees the page."""

    task: Task
    address: int


def memory_failure(kernel: Kernel, cpu: int, block: Pageblock, frame: int) -> None:
    """An uncorrected error in one page (__memory_failure with the page's reference held, as madvise does).

    HardwareCorrupted grows by the whole compound page, 2048 kB, though only 4 kB are lost. The page keeps its
    reference for ever, so that it is never freed.
    """
    pfn = block.start_pfn + frame
    if not kernel.sysctl.memory_failure_recovery:
        panic(kernel, f"Memory failure from trap 0 on page {pfn:x}")
    if poisoned(block) >> frame & 1:
        _say(kernel, pfn, "already hardware poisoned")
        return
    victim = _flag(kernel, block, frame)
    if not block.huge and not on_lru(block, frame):
        _shake_page(kernel, block, frame)
        if not on_lru(block, frame):
            _result(kernel, block, frame, "non LRU", IGNORED)
            return
    with held(kernel, PAGE_LOCK, f"page {pfn:#x}", "__memory_failure"):
        _unmap_and_act(kernel, cpu, block, (frame, victim))


def _shake_page(kernel: Kernel, block: Pageblock, frame: int) -> None:
    """Empty the caches that a page may be waiting in."""
    lru_add_drain_all(kernel)
    if not on_lru(block, frame):
        drain_all_pages(kernel)


def _unmap_and_act(kernel: Kernel, cpu: int, block: Pageblock, frames: tuple[int, int]) -> None:
    """Take a bad page out of use; its frame, and that of the page that suffers for it."""
    frame, victim = frames
    pfn = block.start_pfn + frame
    if not _user_mappings(kernel, cpu, block, victim, pfn):
        _say(kernel, pfn, "cannot unmap page, give up")
        return
    if victim != frame:
        rare_flags(kernel, block).hwpoison &= ~(1 << frame)  # before commit 15 a tail lost the flag in the split
    state = state_of(block, frame)
    if state == UNKNOWN:
        _say(kernel, pfn, "Unknown page state")
    outcome = act_on(kernel, cpu, block, frame, state)
    users = references(block, frame) - (outcome == DELAYED)  # which stays in the swap cache
    _result(kernel, block, frame, state, outcome, users)
    if users:
        _say(kernel, pfn, f"{state} page still referenced by {users} users")


def memory_failure_zero_page(kernel: Kernel, pfn: int) -> None:
    """An error in the page of zeros that everybody shares: nothing can be done but count it."""
    if kernel.totals.zero_page_poisoned:
        _say(kernel, pfn, "already hardware poisoned")
        return
    kernel.own(kernel.totals)
    kernel.totals.zero_page_poisoned = True
    kernel.totals.hwpoison_pages += 1
    lru_add_drain_all(kernel)
    drain_all_pages(kernel)
    _say(kernel, pfn, f"non LRU page recovery: {IGNORED}")
    kernel.trace.emit(MemoryFailureEvent(pfn, "non LRU", IGNORED))


def _flag(kernel: Kernel, block: Pageblock, frame: int) -> int:
    """Set PG_hwpoison and count the page; returns the frame that is to suffer: before commit 15 the head."""
    rare = rare_flags(kernel, block)
    rare.hwpoison |= 1 << frame
    kernel.own(kernel.totals)
    kernel.totals.hwpoison_pages += PAGES if block.huge else 1
    if block.huge and not kernel.features.hwpoison_tail:
        rare.hwpoison |= 1
        return 0
    return frame


def _user_mappings(kernel: Kernel, cpu: int, block: Pageblock, frame: int, pfn: int) -> bool:
    """Unmap the page and tell the processes that asked for it, if it was dirty (hwpoison_user_mappings)."""
    if not block.mapcount(frame):
        return True
    if ksm_pages(block) >> frame & 1:
        return False
    if swap_cached(block) >> frame & 1:
        _say(kernel, pfn, "keeping poisoned page in swap cache")
    clean_file = _clean_file(block, frame)
    if clean_file:
        _say(kernel, pfn, "corrupted page was clean: dropped without side effects")
    if block.huge:
        split_huge_page(kernel, block, SplitReason.MEMORY_FAILURE)
    victims = [] if clean_file else _collect(kernel, block, frame)
    _unmap(kernel, cpu, block, frame, poison=not clean_file)
    if (block.dirty | ramfs_pages(block, 1 << frame)) >> frame & 1:
        for victim in victims:
            _kill_early(kernel, victim, pfn)
    return True


def _clean_file(block: Pageblock, frame: int) -> bool:
    """Can the page be read again? Not if it is dirty, or dirtied through a mapping, or of a file without a disk."""
    bit = 1 << frame
    if block.huge or not file_backed(block, bit) & ~(block.dirty | ramfs_pages(block, bit)):
        return False
    return not any(found.table.dirty & found.pages for found in mapped_ranges(block, bit))


def _collect(kernel: Kernel, block: Pageblock, frame: int) -> list[_Victim]:
    """The mappings of processes in early-kill mode, process by process (collect_procs).

    Who maps that part of a file is told even if he has never used the page.
    """
    found = owner_of(block, frame)
    if found is not None and isinstance(found[0].mapping, AddressSpace):
        index = found[1]
        covering = [vma for vma in found[0].mapping.maps if vma.pgoff <= index < vma.pgoff + vma.nr_pages]
        mappings = [(vma, vma.start + (index - vma.pgoff << PAGE_SHIFT)) for vma in covering]
    else:
        mappings = page_mappings(block, frame)
    return [
        _Victim(task, address)
        for task in kernel.tasks.values()
        if _early_kill(kernel, task)
        for vma, address in mappings
        if vma.mm is task.mm
    ]


def _early_kill(kernel: Kernel, task: Task) -> bool:
    """Does a process want to hear of errors before it meets them (task_early_kill)?"""
    if task.mm is None:
        return False
    if task.mce_kill != "default":
        return task.mce_kill == "early"
    return bool(kernel.sysctl.memory_failure_early_kill)


def _kill_early(kernel: Kernel, victim: _Victim, pfn: int) -> None:
    """SIGBUS, action optional: who asked for it has a handler, others die of it, init ignores it (kill_proc_ao)."""
    task = victim.task
    _say(kernel, pfn, f"Killing {task.name}:{task.pid} early due to hardware memory corruption")
    kernel.trace.emit(Signal(task.pid, "SIGBUS", victim.address, "BUS_MCEERR_AO"))
    if task.dead or task.pid == INIT:
        return
    if task.mce_kill == "early":
        kernel.own(task)
        task.signals.append(("AO", victim.address))
    else:
        do_exit(kernel, task, "SIGBUS")


def _unmap(kernel: Kernel, cpu: int, block: Pageblock, frame: int, *, poison: bool) -> None:
    """Take the page out of all page tables, leaving poison entries or nothing; or swap entries (try_to_unmap)."""
    bit = 1 << frame
    if block.rare is not None and frame in block.rare.swap:
        try_to_unmap(kernel, block, block.rare.swap, bit, ignore=True)
        return
    found = owner_of(block, frame)
    kernel.own(block)
    for mapping in mapped_ranges(block, bit):
        had = take_ptes(kernel, mapping)
        block.dirty |= shifted(had.dirty, mapping.shift)
        _account(kernel, mapping, cached=bool(block.cached & bit))
        if poison:
            entry = swp_entry(SWP_HWPOISON, block.start_pfn + frame)
            mapping.table.swapped = {**(mapping.table.swapped or {}), lowest(mapping.pages): entry}
        gather = MmuGather(kernel, cpu)
        gather.remove(block, bit)
        gather.finish()
    if found is not None and not block.cached & bit:
        owner, index = found
        forget_owner(block, bit)
        set_owner(block, bit, owner.mapping, None, index - frame)


def _account(kernel: Kernel, mapping: Mapping, *, cached: bool) -> None:
    mm = mapping.vma.mm
    kernel.own(mm)
    update_hiwater_rss(kernel, mm)
    if cached:
        mm.file_rss -= 1
    else:
        mm.anon_rss -= 1
    kernel.clock.spend(kernel.cost.pte)


def _result(kernel: Kernel, block: Pageblock, frame: int, state: str, outcome: str, users: int = 0) -> None:
    """The line that says what came of it (action_result)."""
    pfn = block.start_pfn + frame
    dirty = "dirty " if (block.dirty | ramfs_pages(block, 1 << frame)) >> frame & 1 else ""
    _say(kernel, pfn, f"{dirty}{state} page recovery: {outcome}")
    kernel.trace.emit(MemoryFailureEvent(pfn, state, outcome, users))


def _say(kernel: Kernel, pfn: int, text: str) -> None:
    kernel.trace.emit(Printk(f"MCE {pfn:#x}: {text}"))
