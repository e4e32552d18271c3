"""What reclaim learnt of the pages of a zone, and of a group in it (struct zone_reclaim_stat)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.structs.lru import Lruvec

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.page import Lru
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone


def reclaim_stat(kernel: Kernel, zone: Zone, memcg: MemCgroup | None) -> Lruvec:
    """What reclaim learnt of a zone, or of a group in a zone, about to change (get_reclaim_stat)."""
    if memcg is None:
        stat = zone.lruvec
    else:
        key = (zone.node, zone.kind)
        found = memcg.lruvecs.get(key)
        if found is None:
            kernel.own(memcg)
            found = memcg.lruvecs[key] = Lruvec(epoch=kernel.epoch)
        stat = found
    kernel.own(stat)
    return stat


def update_page_reclaim_stat(kernel: Kernel, block: Pageblock, frames: int, kind: Lru) -> None:
    """Pages that come to a list count as looked at, and as in use where it is active (mm/swap.c).

    A huge page counts once.
    """
    note_pages(kernel, block.zone, None, kind, 1 if block.huge else frames.bit_count())
    note_group_pages(kernel, block, frames, kind)


def note_group_pages(kernel: Kernel, block: Pageblock, frames: int, kind: Lru) -> None:
    """The groups that some pages are charged to learn, too; but for the root group, which is never at a limit."""
    for owner in block.owners:
        memcg = owner.memcg
        if memcg is not None and memcg.parent is not None and owner.mask & frames:
            note_pages(kernel, block.zone, memcg, kind, 1 if block.huge else (owner.mask & frames).bit_count())


def note_pages(kernel: Kernel, zone: Zone, memcg: MemCgroup | None, kind: Lru, pages: int) -> None:
    """So many pages of a zone, or of a group in it, come to a list."""
    stat = reclaim_stat(kernel, zone, memcg)
    if kind.file:
        stat.recent_scanned_file += pages
        stat.recent_rotated_file += pages if kind.active else 0
    else:
        stat.recent_scanned_anon += pages
        stat.recent_rotated_anon += pages if kind.active else 0
