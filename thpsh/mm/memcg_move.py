"""Pages that change their group (mm/memcontrol.c: mem_cgroup_move_account, mem_cgroup_force_empty)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.memcg_charge import charge_huge, charge_one
from thpsh.mm.memcg_stock import drain_all_stock
from thpsh.mm.memcontrol import cancel_charge, charge_cache, charge_rss, charged_frames, memcg_oom_recover
from thpsh.mm.page_rmap import set_memcg
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.vmscan import try_to_free_mem_cgroup_pages
from thpsh.structs.bits import FULL, PAGES, indices
from thpsh.structs.page import Gfp

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.pageblock import Pageblock

_RETRIES = 5  # MEM_CGROUP_RECLAIM_RETRIES


def move_account(kernel: Kernel, block: Pageblock, frames: int, source: MemCgroup, target: MemCgroup) -> None:
    """Let charged frames of one pageblock belong to another group; both groups' charges are the caller's business."""
    kernel.own(block)
    kernel.own(source.stat)
    cached = frames & block.cached
    anon = (frames ^ cached).bit_count()
    calls = 1 if block.huge else anon
    if anon:
        source.stat.rss -= anon
        source.stat.pgpgout += calls
        charge_rss(kernel, target, anon, calls)
    if cached:
        source.stat.cache -= cached.bit_count()
        source.stat.pgpgout += cached.bit_count()
        charge_cache(kernel, target, cached.bit_count())
        mapped = (cached & block.once).bit_count()
        source.stat.mapped_file -= mapped
        target.stat.mapped_file += mapped
    set_memcg(block, frames, target)


def charged_blocks(kernel: Kernel, memcg: MemCgroup) -> list[tuple[Pageblock, int]]:
    """All frames charged to a group, by pageblock."""
    found = []
    for zone in kernel.zones:
        for block in zone.pageblocks.values():
            mine = 0
            for owner in block.owners:
                if owner.memcg is memcg:
                    mine |= owner.mask
            if mine and (mine := mine & charged_frames(block)):
                found.append((block, mine))
    return found


def _move_parent(kernel: Kernel, block: Pageblock, frames: int, child: MemCgroup, parent: MemCgroup) -> bool:
    """Move the pages of one pageblock to the group above; False when that has no room for one of them."""
    if block.huge:
        if not charge_huge(kernel, parent):
            return False
        move_account(kernel, block, FULL, child, parent)
        cancel_charge(kernel, child, PAGES)
        return True
    for frame in indices(frames):
        if not charge_one(kernel, 0, parent):
            return False
        move_account(kernel, block, 1 << frame, child, parent)
        cancel_charge(kernel, child, 1)
    return True


def _move_all(kernel: Kernel, memcg: MemCgroup, parent: MemCgroup) -> bool:
    lru_add_drain_all(kernel)
    drain_all_stock(kernel)
    moved = all(_move_whole(kernel, block, frames, memcg, parent) for block, frames in charged_blocks(kernel, memcg))
    memcg_oom_recover(kernel, memcg)
    return moved


def _move_whole(kernel: Kernel, block: Pageblock, frames: int, child: MemCgroup, parent: MemCgroup) -> bool:
    """Like `_move_parent`, in one step where the group above is the root, which takes anything."""
    if parent.parent is not None or block.huge:
        return _move_parent(kernel, block, frames, child, parent)
    move_account(kernel, block, frames, child, parent)
    cancel_charge(kernel, child, frames.bit_count())
    return True


def force_empty(kernel: Kernel, memcg: MemCgroup, *, reclaim: bool) -> None:
    """Make a group without tasks and children empty: its pages are reclaimed or go to the group above.

    `reclaim`: first try to free them (a write to memory.force_empty); else only if the group above has no room.
    """
    parent = memcg.parent
    if parent is None or memcg.children or any(t.cgroup is memcg and not t.dead for t in kernel.tasks.values()):
        raise KernelError(Errno.EBUSY, f"{memcg.path} has tasks or groups below it")
    if reclaim:
        _try_to_free(kernel, memcg)
    if _move_all(kernel, memcg, parent):
        return
    if not reclaim:
        _try_to_free(kernel, memcg)
        if _move_all(kernel, memcg, parent):
            return
    raise KernelError(Errno.EBUSY, f"the limit of {parent.path} leaves no room for what is charged to {memcg.path}")


def _try_to_free(kernel: Kernel, memcg: MemCgroup) -> None:
    lru_add_drain_all(kernel)
    retries = _RETRIES
    while retries and memcg.res.usage > 0:
        if not try_to_free_mem_cgroup_pages(kernel, memcg, Gfp.KERNEL):
            retries -= 1
