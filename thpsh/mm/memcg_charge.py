"""Charging pages to memory cgroups before they are mapped (mm/memcontrol.c: __mem_cgroup_try_charge).

Whoever maps fresh pages asks `charge_pages` or `charge_huge` first; mapping them then counts them (`charge_rss`).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from thpsh.mm.fault_inject import should_fail
from thpsh.mm.memcg_stock import consume_stock, refill_stock
from thpsh.mm.page_alloc import OutOfMemory
from thpsh.mm.res_counter import charge, room, uncharge
from thpsh.structs.bits import PAGES
from thpsh.structs.memcg import CHARGE_BATCH
from thpsh.structs.page import PAGE_SHIFT

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup, ResCounter
    from thpsh.structs.task import Task

RECLAIM_RETRIES: Final = 5  # MEM_CGROUP_RECLAIM_RETRIES


class MemcgOutOfMemory(OutOfMemory):
    """A group is at its limit and nothing can be reclaimed: one of its tasks must die, or the faulting one sleeps."""

    def __init__(self, over: MemCgroup) -> None:
        super().__init__(f"limit of {over.path}")
        self.over = over


class _Charge(Enum):
    """What came of one attempt (CHARGE_OK, CHARGE_RETRY, CHARGE_NOMEM)."""

    OK = 0
    RETRY = 1
    NOMEM = 2


def room_pages(memcg: MemCgroup) -> int:
    """How many pages can be charged to a group before it, or one above it, refuses."""
    return min(room(memcg.res), room(memcg.memsw)) >> PAGE_SHIFT


def charge_pages(kernel: Kernel, task: Task, memcg: MemCgroup, count: int) -> int:
    """Charge up to `count` small pages, as so many calls would one after the other; returns how many, at least one.

    Stops before the page that would need reclaim, unless that is the first. Raises MemcgOutOfMemory when the group
    has no room for a single page.
    """
    if memcg.parent is None:
        return count
    done = consume_stock(kernel, task.cpu, memcg, count)
    if task.charge_single:
        kernel.own(task)
        task.charge_single = False
        if not done:
            _charge(kernel, task.cpu, memcg, (1, 1), oom=True)
            done = 1
    while done < count:
        free = room_pages(memcg)
        if free >= CHARGE_BATCH:
            done += _charge_batches(kernel, task.cpu, memcg, count - done, free // CHARGE_BATCH)
        elif free or not done:
            _charge(kernel, task.cpu, memcg, (1, CHARGE_BATCH), oom=True)
            done += 1
        else:
            break
    return done


def _charge_batches(kernel: Kernel, cpu: int, memcg: MemCgroup, wanted: int, most: int) -> int:
    """Charge batches of which each fits; what the last one has left goes into the stock."""
    batches = min(-(-wanted // CHARGE_BATCH), most)
    if kernel.cpus[cpu].stock.cached is not memcg:
        batches = 1  # the stock of another group, given back after this one, may make room
    pages = batches * CHARGE_BATCH
    charge(kernel, memcg.res, pages << PAGE_SHIFT)
    charge(kernel, memcg.memsw, pages << PAGE_SHIFT)
    used = min(wanted, pages)
    refill_stock(kernel, cpu, memcg, pages - used)
    return used


def charge_one(kernel: Kernel, cpu: int, memcg: MemCgroup) -> bool:
    """Charge one small page; False when there is no room: nobody is killed for pages that only change their group."""
    if memcg.parent is None or consume_stock(kernel, cpu, memcg, 1):
        return True
    return _charge(kernel, cpu, memcg, (1, CHARGE_BATCH), oom=False)


def charge_migration(kernel: Kernel, cpu: int, memcg: MemCgroup, pages: int) -> int:
    """Charge the copies of pages that move, each before the page it replaces is given back; how many had room.

    What is left is that charges have come out of the CPU's stock (mem_cgroup_prepare_migration, end_migration).
    """
    if memcg.parent is None:
        return pages
    done = 0
    while done < pages:
        taken = consume_stock(kernel, cpu, memcg, pages - done)
        if not taken:
            if not _charge(kernel, cpu, memcg, (1, CHARGE_BATCH), oom=False):
                break
            taken = 1
        uncharge(kernel, memcg.res, taken << PAGE_SHIFT)
        uncharge(kernel, memcg.memsw, taken << PAGE_SHIFT)
        done += taken
    return done


def charge_at_once(kernel: Kernel, memcg: MemCgroup, pages: int) -> bool:
    """Charge many pages in one attempt, without stock and without reclaim."""
    if memcg.parent is None:
        return True
    size = pages << PAGE_SHIFT
    if charge(kernel, memcg.res, size) is not None:
        return False
    if charge(kernel, memcg.memsw, size) is None:
        return True
    uncharge(kernel, memcg.res, size)
    return False


def charge_huge(kernel: Kernel, memcg: MemCgroup, cpu: int = 0) -> bool:
    """Charge the 512 pages of a huge page; False when there is no room for them: nobody is killed for a huge page."""
    if memcg.parent is None or not kernel.features.memcg_huge_charge:
        return True
    if kernel.tables.inject and should_fail(kernel, "memcg_charge"):
        return False
    return _charge(kernel, cpu, memcg, (PAGES, PAGES), oom=False)


def _charge(kernel: Kernel, cpu: int, memcg: MemCgroup, sizes: tuple[int, int], *, oom: bool) -> bool:
    """Charge a page or a huge page, reclaiming as long as that helps.

    The sizes, in pages, are what is wanted and what the first attempt asks for.
    """
    pages, batch = sizes
    retries = RECLAIM_RETRIES
    while True:
        outcome, over = _do_charge(kernel, cpu, memcg, batch)
        if outcome is _Charge.OK:
            break
        if outcome is _Charge.RETRY:
            batch = pages
            if pages == 1 and consume_stock(kernel, cpu, memcg, 1):
                return True
            continue
        if not oom:
            return False
        if not retries:
            raise MemcgOutOfMemory(over)
        retries -= 1
    if batch > pages:
        refill_stock(kernel, cpu, memcg, batch - pages)
    return True


def _do_charge(kernel: Kernel, cpu: int, memcg: MemCgroup, pages: int) -> tuple[_Charge, MemCgroup]:
    """Try to charge, and reclaim where it fails (mem_cgroup_do_charge); also says which group is at its limit."""
    size = pages << PAGE_SHIFT
    noswap = False
    failed = charge(kernel, memcg.res, size)
    if failed is None:
        failed = charge(kernel, memcg.memsw, size)
        if failed is None:
            return _Charge.OK, memcg
        uncharge(kernel, memcg.res, size)
        noswap = True
    over = _group_of(memcg, failed)
    if pages == CHARGE_BATCH:
        return _Charge.RETRY, over
    from thpsh.mm.memcg_reclaim import hierarchical_reclaim, margin_pages  # only a group at its limit reclaims

    freed = hierarchical_reclaim(kernel, cpu, over, noswap=noswap)
    if margin_pages(over) >= pages or (pages == 1 and freed):
        return _Charge.RETRY, over
    return _Charge.NOMEM, over


def _group_of(memcg: MemCgroup, counter: ResCounter) -> MemCgroup:
    """The group, this one or one above it, that a counter belongs to (mem_cgroup_from_res_counter)."""
    while counter is not memcg.res and counter is not memcg.memsw and memcg.parent is not None:
        memcg = memcg.parent
    return memcg
