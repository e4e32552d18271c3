"""Charges for the copies of pages that move (mm/memcontrol.c: mem_cgroup_prepare_migration, end_migration)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.memcg_charge import charge_migration
from thpsh.mm.memcontrol import charged_frames, move_charges
from thpsh.structs.bits import lowest, span, take_highest, take_lowest

if TYPE_CHECKING:
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Owner, Pageblock


def chargeable(kernel: Kernel, cpu: int, pages: list[PageRun], *, downwards: bool = False) -> list[PageRun]:
    """The pages, in their order, up to the first whose group has no room for its copy; they are charged for it."""
    found: list[PageRun] = []
    for block, first, length in pages:
        room = min(
            (_room_for(kernel, cpu, (block, first, length), owner, downwards) for owner in block.owners), default=length
        )
        if room:
            found.append((block, first + length - room if downwards else first, room))
        if room < length:
            break
    return found


def _room_for(kernel: Kernel, cpu: int, run: PageRun, owner: Owner, downwards: bool) -> int:
    """How many pages of a run come before the first of one owner that its group has no room for; all, if it has."""
    block, first, length = run
    memcg = owner.memcg
    if memcg is None or memcg.parent is None:
        return length
    mine = owner.mask & span(first, first + length) & charged_frames(block)
    count = mine.bit_count()
    done = charge_migration(kernel, cpu, memcg, count)
    if done == count:
        return length
    if downwards:
        return first + length - (mine ^ take_highest(mine, done)).bit_length()
    return lowest(mine ^ take_lowest(mine, done)) - first


def uncharge_unused(kernel: Kernel, block: Pageblock, frames: int) -> None:
    """The copies of pages that did not move give their charges back (mem_cgroup_end_migration)."""
    for owner in block.owners:
        mine = (owner.mask & frames & charged_frames(block)).bit_count()
        if owner.memcg is not None and mine:
            move_charges(kernel, owner.memcg, mine)
