"""Pages that change their group (mm/memcontrol.c: mem_cgroup_move_account, mem_cgroup_force_empty)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.isolate import oldest_of_group
from thpsh.mm.lru import del_page_from_lru, lru_mask
from thpsh.mm.memcg_charge import charge_huge, charge_one
from thpsh.mm.memcg_events import count_events
from thpsh.mm.memcg_stock import drain_all_stock
from thpsh.mm.memcontrol import cancel_charge, charge_cache, charge_rss, charged_to, memcg_oom_recover
from thpsh.mm.migrate_putback import putback_lru_pages
from thpsh.mm.page_rmap import set_memcg
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.vmscan import try_to_free_mem_cgroup_pages
from thpsh.structs.page import Gfp

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.lru import LruList
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone

_RETRIES = 5  # MEM_CGROUP_RECLAIM_RETRIES
_CPU: Final = 0  # of whoever removes or empties a group


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
        count_events(kernel, source, anon)
        charge_rss(kernel, target, anon, calls)
    if cached:
        source.stat.cache -= cached.bit_count()
        source.stat.pgpgout += cached.bit_count()
        count_events(kernel, source, cached.bit_count())
        charge_cache(kernel, target, cached.bit_count())
        mapped = (cached & block.once).bit_count()
        source.stat.mapped_file -= mapped
        target.stat.mapped_file += mapped
    set_memcg(block, frames, target)


def _move_all(kernel: Kernel, memcg: MemCgroup, parent: MemCgroup) -> bool:
    """Move what is on the lists of a group, the oldest of each first, until the group above has no room."""
    lru_add_drain_all(kernel)
    drain_all_stock(kernel, memcg)
    moved = all(
        _force_empty_list(kernel, zone, listed, memcg, parent)
        for node in kernel.nodes
        for zone in node.zones
        for listed in zone.lruvec.lists
    )
    memcg_oom_recover(kernel, memcg)
    return moved


def _force_empty_list(kernel: Kernel, zone: Zone, listed: LruList, memcg: MemCgroup, parent: MemCgroup) -> bool:
    """The pages of one list go to the group above and to the new end of the list (mem_cgroup_force_empty_list).

    The root takes anything, and so all pages of an entry at once.
    """
    for entry, mine in list(oldest_of_group(kernel, zone, memcg, listed)):
        block = entry.block
        while frames := mine & charged_to(block, memcg) & lru_mask(block):
            if not block.huge and not entry.group_ascending:
                frames = 1 << frames.bit_length() - 1
            elif not block.huge and parent.parent is not None:
                frames &= -frames
            if not _move_parent(kernel, block, frames, memcg, parent):
                return False
    return True


def _move_parent(kernel: Kernel, block: Pageblock, frames: int, child: MemCgroup, parent: MemCgroup) -> bool:
    """Isolate pages and charge the group above for them, a small one at a time; False when that has no room."""
    del_page_from_lru(kernel, block, frames)
    charged = charge_huge(kernel, parent) if block.huge else parent.parent is None or charge_one(kernel, _CPU, parent)
    if charged:
        move_account(kernel, block, frames, child, parent)
        cancel_charge(kernel, child, frames.bit_count())
    putback_lru_pages(kernel, _CPU, [(block, frames)])
    return charged


def force_empty(kernel: Kernel, memcg: MemCgroup, *, reclaim: bool) -> None:
    """Make a group without tasks and children empty: its pages are reclaimed or go to the group above.

    `reclaim`: first try to free them (a write to memory.force_empty); else only if the group above has no room.
    """
    parent = memcg.parent
    if parent is None or memcg.children or any(t.cgroup is memcg and not t.dead for t in kernel.tasks.values()):
        raise KernelError(Errno.EBUSY, f"{memcg.path} has tasks or groups below it")
    if reclaim:
        _try_to_free(kernel, memcg)
    moved = _move_all(kernel, memcg, parent)
    if not moved and not reclaim:
        _try_to_free(kernel, memcg)
        moved = _move_all(kernel, memcg, parent)
    if not moved:
        raise KernelError(Errno.EBUSY, f"the limit of {parent.path} leaves no room for what is charged to {memcg.path}")
    if memcg.res.usage:
        raise KernelError(
            Errno.EINTR, f"{memcg.res.usage >> 10} kB stay charged that no list has: it would wait for ever"
        )


def _try_to_free(kernel: Kernel, memcg: MemCgroup) -> None:
    lru_add_drain_all(kernel)
    retries = _RETRIES
    while retries and memcg.res.usage > 0:
        if not try_to_free_mem_cgroup_pages(kernel, memcg, Gfp.KERNEL):
            retries -= 1
