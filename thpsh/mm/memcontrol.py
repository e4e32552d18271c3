"""What memory cgroups count: statistics, and giving charges back (mm/memcontrol.c). The root group is never limited.

Charging may have to reclaim first and therefore lives higher, in `memcg_charge`: whoever brings a page into a group
asks there for the charge, and notes here (`charge_rss`, `charge_cache`) that the page has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.memcg_events import count_events
from thpsh.mm.res_counter import uncharge
from thpsh.structs.bits import FULL
from thpsh.structs.page import PAGE_SHIFT

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.pageblock import Pageblock


def charge_rss(kernel: Kernel, memcg: MemCgroup | None, pages: int, calls: int) -> None:
    """Count anonymous pages of a group, charged in so many calls (__mem_cgroup_commit_charge)."""
    if memcg is not None:
        stat = memcg.stat
        kernel.own(stat)
        stat.rss += pages
        stat.pgpgin += calls
        if memcg.parent is not None:
            count_events(kernel, memcg, pages)


def uncharge_rss(kernel: Kernel, memcg: MemCgroup | None, pages: int, calls: int) -> None:
    """Take anonymous pages off a group's count when their last mapping goes (mem_cgroup_uncharge_page)."""
    if memcg is not None:
        stat = memcg.stat
        kernel.own(stat)
        stat.rss -= pages
        stat.pgpgout += calls
        if memcg.parent is not None and pages:
            count_events(kernel, memcg, pages)
            cancel_charge(kernel, memcg, pages)
            memcg_oom_recover(kernel, memcg)


def charge_cache(kernel: Kernel, memcg: MemCgroup | None, pages: int) -> None:
    """Count pages of the page cache."""
    if memcg is not None:
        stat = memcg.stat
        kernel.own(stat)
        stat.cache += pages
        stat.pgpgin += pages
        if memcg.parent is not None:
            count_events(kernel, memcg, pages)


def uncharge_cache(kernel: Kernel, memcg: MemCgroup | None, pages: int) -> None:
    """Take pages of the page cache off a group's count (mem_cgroup_uncharge_cache_page)."""
    if memcg is not None and pages:
        stat = memcg.stat
        kernel.own(stat)
        stat.cache -= pages
        stat.pgpgout += pages
        if memcg.parent is not None:
            count_events(kernel, memcg, pages)
            cancel_charge(kernel, memcg, pages)
            memcg_oom_recover(kernel, memcg)


def uncharge_swap_cached(kernel: Kernel, memcg: MemCgroup | None, pages: int, *, cache: bool) -> None:
    """Give back pages of the swap cache, charged when they were anonymous or (`cache`) shared memory."""
    if cache:
        uncharge_cache(kernel, memcg, pages)
    else:
        uncharge_rss(kernel, memcg, pages, pages)


def move_charges(kernel: Kernel, memcg: MemCgroup, pages: int) -> None:
    """Pages of a group went to other frames: each is charged anew and then given back (mem_cgroup_end_migration)."""
    stat = memcg.stat
    kernel.own(stat)
    stat.pgpgin += pages
    stat.pgpgout += pages
    if memcg.parent is not None:
        count_events(kernel, memcg, 2 * pages)


def count_mapped_file(kernel: Kernel, block: Pageblock, frames: int, by: int) -> None:
    """Count cache pages of their groups that became mapped (by 1) or unmapped (by -1) (mem_cgroup_update_page_stat)."""
    for owner in block.owners:
        count = (owner.mask & frames).bit_count()
        if count and owner.memcg is not None:
            kernel.own(owner.memcg.stat)
            owner.memcg.stat.mapped_file += by * count


def cancel_charge(kernel: Kernel, memcg: MemCgroup, pages: int) -> None:
    """Give a charge back, memory and memory+swap (__mem_cgroup_cancel_charge)."""
    if memcg.parent is not None:
        uncharge(kernel, memcg.res, pages << PAGE_SHIFT)
        uncharge(kernel, memcg.memsw, pages << PAGE_SHIFT)


def uncharge_huge(kernel: Kernel, memcg: MemCgroup) -> None:
    """Give back the charge of a huge page that was never mapped."""
    cancel_charge(kernel, memcg, FULL.bit_count())


def uncharge_swapout(kernel: Kernel, memcg: MemCgroup | None, pages: int, *, cache: bool = False) -> None:
    """Pages left memory for their swap slots: memory+swap stays charged (mem_cgroup_uncharge_swapcache)."""
    if memcg is not None:
        stat = memcg.stat
        kernel.own(stat)
        if cache:
            stat.cache -= pages
        else:
            stat.rss -= pages
        stat.pgpgout += pages
        stat.swap += pages
        if memcg.parent is not None:
            count_events(kernel, memcg, pages)
            uncharge(kernel, memcg.res, pages << PAGE_SHIFT)
            memcg_oom_recover(kernel, memcg)


def uncharge_swap(kernel: Kernel, memcg: MemCgroup | None, entries: int) -> None:
    """Swap slots recorded for a group were freed, or their pages are charged again (mem_cgroup_uncharge_swap)."""
    if memcg is not None:
        kernel.own(memcg.stat)
        memcg.stat.swap -= entries
        if memcg.parent is not None:
            uncharge(kernel, memcg.memsw, entries << PAGE_SHIFT)


def count_faults(kernel: Kernel, memcg: MemCgroup, count: int, *, major: bool) -> None:
    """Count page faults of a group's process (mem_cgroup_count_vm_event)."""
    stat = memcg.stat
    kernel.own(stat)
    stat.pgfault += count
    if major:
        stat.pgmajfault += count


def memcg_oom_recover(kernel: Kernel, memcg: MemCgroup) -> None:
    """There is room again: tasks that sleep in a fault for want of it go on at the end of the command."""
    if not memcg.under_oom:
        return
    for task in kernel.tasks.values():
        over = task.oom_wait
        if over is not None and (over.covers(memcg) or memcg.covers(over)):
            kernel.own(task)
            task.woken = True


def charged_frames(block: Pageblock) -> int:
    """The frames that are charged to somebody: mapped, in the page cache or in the swap cache (PageCgroupUsed)."""
    if block.huge:
        return FULL if block.huge_mapcount else 0
    mask = block.once | block.cached
    if block.rare is not None:
        for frame in block.rare.swap:
            mask |= 1 << frame
    return mask


def charged_to(block: Pageblock, memcg: MemCgroup) -> int:
    """The frames of a pageblock that are charged to a group."""
    mine = 0
    for owner in block.owners:
        if owner.memcg is memcg:
            mine |= owner.mask
    return mine & charged_frames(block)


def used_bits(kernel: Kernel, block: Pageblock) -> int:
    """The frames whose Used bit is set: of a huge page the head, in older kernels all 512 (PageCgroupUsed)."""
    charged = 0
    for owner in block.owners:
        if owner.memcg is not None:
            charged |= owner.mask
    charged &= charged_frames(block)
    return charged & 1 if block.huge and kernel.features.memcg_used_head_only else charged


def leave_used_bits(kernel: Kernel, block: Pageblock) -> None:
    """A huge page loses its last mapping: before commit 16 one of its 512 Used bits is cleared, the others stay."""
    memcg = block.owners[0].memcg
    if not kernel.features.memcg_used_head_only and memcg is not None:
        kernel.own(block.zone)
        block.zone.stale_used[block.index] = memcg.path
