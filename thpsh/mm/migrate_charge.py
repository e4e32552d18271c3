"""What moving pages costs beside the move: charges for the copies, attempts in vain (mm/migrate.c, mm/memcontrol.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.isolate import file_backed
from thpsh.mm.lru import release_frames
from thpsh.mm.memcg_charge import charge_migration
from thpsh.mm.memcontrol import charged_frames, move_charges
from thpsh.mm.page_flags import ksm_pages
from thpsh.mm.page_rmap import set_owner
from thpsh.mm.pagevec import put_dying
from thpsh.mm.rmap_walk import mapped_ranges
from thpsh.structs.bits import lowest, shifted, span, take_highest, take_lowest
from thpsh.structs.page import Lru

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.mm.buddy import Chunk
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Owner

PASSES: Final = 10  # how often migrate_pages tries a page that somebody holds


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


def move_in_vain(
    kernel: Kernel, cpu: int, pages: list[Chunk], new_pages: Callable[[int], list[PageRun]], passes: int = PASSES
) -> None:
    """Try to move pages that cannot: each time a new page is taken, charged and given back (unmap_and_move).

    The entries of the old ones are taken out and put back: what they knew of being used or written is lost, the latter
    to the page.
    """
    for block, frames in pages:
        for mapping in mapped_ranges(block, frames & ~ksm_pages(block)):
            kernel.own(mapping.table)
            kernel.own(block)
            block.dirty |= shifted(mapping.table.dirty & mapping.pages, mapping.shift)
            mapping.table.young &= ~mapping.pages
            mapping.table.dirty &= ~mapping.pages
    for _ in range(passes if pages else 0):
        for block, frames in pages:
            spare = new_pages(frames.bit_count())
            for owner in block.owners:
                mine = (owner.mask & frames & charged_frames(block)).bit_count()
                if owner.memcg is not None and mine:
                    charge_migration(kernel, cpu, owner.memcg, mine)
                    move_charges(kernel, owner.memcg, mine)
            for fresh, first, length in spare:
                kernel.own(fresh)
                set_owner(fresh, span(first, first + length), kernel.swap.space, None, 0)
            kind = Lru.INACTIVE_FILE if file_backed(block, frames) else Lru.INACTIVE_ANON
            freed = put_dying(kernel, cpu, spare, kind)
            if freed:
                release_frames(kernel, cpu, freed)
