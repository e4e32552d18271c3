"""Moving small pages to other frames while they are mapped (mm/migrate.c: move_to_new_page, remove_migration_ptes).

No time passes between the removal of the old entries and the new ones, so nobody ever sees a migration entry.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from thpsh.mm.content import copy_tags
from thpsh.mm.frames import add, drop
from thpsh.mm.lru import del_page_from_lru, lru_mask
from thpsh.mm.memcontrol import charged_frames, move_charges
from thpsh.mm.migrate_putback import Turn, lists_of, put_moved
from thpsh.mm.page_flags import file_backed
from thpsh.mm.page_rmap import set_offsets, set_owner
from thpsh.mm.rmap_walk import by_delta, mapped_ranges, take_ptes
from thpsh.mm.swap_state import move_in_swap_cache, swap_cached
from thpsh.structs.bits import PAGES, indices, runs, shifted, span
from thpsh.structs.page import HPAGE_ORDER, Lru
from thpsh.structs.page_cache import AddressSpace

if TYPE_CHECKING:
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Owner, Pageblock


class Move(NamedTuple):
    """Small pages and where they go: frame i of the block becomes frame i + shift of the target."""

    block: Pageblock
    frames: int
    target: Pageblock
    shift: int


def isolate_lru_pages(kernel: Kernel, block: Pageblock, frames: int) -> int:
    """Take pages off their LRU lists; returns those that were on one (isolate_lru_page)."""
    if block.huge:
        return 0
    found = frames & lru_mask(block)
    if found:
        del_page_from_lru(kernel, block, found)
    return found


def paired(sources: list[PageRun], targets: list[PageRun], *, downwards: bool = False) -> list[Move]:
    """The first page goes to the first frame and so on, as long as there are both; runs may be used from their end."""
    masks: dict[tuple[Pageblock, Pageblock, int], int] = {}
    supply = iter(targets)
    target, to, left = next(supply, (None, 0, 0))
    for block, first, length in sources:
        while length and target is not None:
            step = min(length, left)
            start, goal = (first + length - step, to + left - step) if downwards else (first, to)
            key = (block, target, goal - start)
            masks[key] = masks.get(key, 0) | span(start, start + step)
            first, to = (first, to) if downwards else (first + step, to + step)
            length -= step
            left -= step
            if not left:
                target, to, left = next(supply, (None, 0, 0))
    return [Move(block, mask, goal, shift) for (block, goal, shift), mask in masks.items()]


def move_to_new_pages(kernel: Kernel, cpu: int, moves: list[Move], *, downwards: bool = False) -> None:
    """Move pages, pageblock by pageblock; old frames pass through the CPU's LRU cache before they are free.

    `downwards`: the highest page is the first; else pageblocks come in the order of the moves, their frames upwards.
    """
    parts: list[_Part] = []
    for move in moves:
        block, frames = move.block, move.frames
        file = file_backed(block, frames)
        active, locked = block.active & frames, block.mlocked & frames
        _move(kernel, move)
        for mask, kind in lists_of(frames, file, active, locked):
            for part, dying in ((mask & ~file, Lru.INACTIVE_ANON), (mask & file, Lru.INACTIVE_FILE)):
                if part:
                    parts.append(_Part(move._replace(frames=part), kind, dying))
        kernel.clock.spend(frames.bit_count() * kernel.cost.migrate_page)
    put_moved(kernel, cpu, _turns(parts, downwards))


class _Part(NamedTuple):
    """What goes to the same lists of one move: the new frames, and the old ones."""

    move: Move
    kind: Lru
    dying: Lru


def _turns(parts: list[_Part], downwards: bool) -> list[Turn]:
    """The pages in the order in which they have moved: one by one, unless they all go upwards to the same two lists."""
    lists = {(part.kind, part.dying) for part in parts}
    alike = len(lists) == 1 and all(kind is not dying for kind, dying in lists)
    pieces = runs if alike and not downwards else _singles
    order: dict[Pageblock, int] = {}
    turns: list[Turn] = []
    for (block, frames, target, shift), kind, dying in parts:
        base = block.start_pfn if downwards else order.setdefault(block, len(order)) * PAGES
        turns += [
            Turn(base + first, kind, dying, (block, first, length), (target, first + shift, length))
            for first, length in pieces(frames)
        ]
    turns.sort(key=attrgetter("place"), reverse=downwards)
    return turns


def _singles(mask: int) -> list[tuple[int, int]]:
    return [(frame, 1) for frame in indices(mask)]


def remove_migration_ptes(kernel: Kernel, block: Pageblock, frames: int) -> None:
    """Pages that could not move get their page-table entries back, as if never used (remove_migration_ptes)."""
    for mapping in mapped_ranges(block, frames):
        had = take_ptes(kernel, mapping)
        kernel.own(block)
        block.dirty |= shifted(had.dirty, mapping.shift)
        add(mapping.table, mapping.pages, block, mapping.shift)
        mapping.table.writable |= had.writable
        kernel.clock.spend(mapping.pages.bit_count() * kernel.cost.pte)


def _move(kernel: Kernel, move: Move) -> None:
    block, frames, target, shift = move
    kernel.own(block)
    kernel.own(target)
    dirty = block.dirty & frames
    for mapping in mapped_ranges(block, frames):
        had = take_ptes(kernel, mapping)
        dirty |= shifted(had.dirty, mapping.shift)
        add(mapping.table, mapping.pages, target, mapping.shift + shift)
        mapping.table.writable |= had.writable
        kernel.clock.spend(mapping.pages.bit_count() * kernel.cost.pte)
    _move_owners(kernel, move)
    _move_counts(move)
    if swap_cached(block) & frames:
        move_in_swap_cache(kernel, block, frames, target, shift)
    copy_tags(kernel, (block, frames), target, shift)
    target.dirty |= shifted(dirty, shift)
    target.referenced |= shifted(block.referenced & frames, shift)
    target.mlocked |= shifted(block.mlocked & frames, shift)
    target.cached |= shifted(block.cached & frames, shift)
    _move_statistics(kernel, move)
    keep = ~frames
    block.dirty &= keep
    block.referenced &= keep
    block.mlocked &= keep
    block.cached &= keep
    block.active &= keep


def _move_owners(kernel: Kernel, move: Move) -> None:
    """Mapping, page offset and charge go along (migrate_page_move_mapping, mem_cgroup_end_migration).

    The old frames keep their mapping, without a charge, until they are free.
    """
    block, frames, target, shift = move
    kept: list[Owner] = []
    moving = [(owner, owner.mask & frames) for owner in block.owners if owner.mask & frames]
    for owner in block.owners:
        part = owner.mask & frames
        if not part:
            kept.append(owner)
            continue
        if owner.mask != part:
            kept.append(owner._replace(mask=owner.mask ^ part))
        kept.append(owner._replace(mask=part, memcg=None))
    block.owners = tuple(kept)
    for owner, part in moving:
        _recharge(kernel, block, owner, part)
        for delta, mask in by_delta(block, owner, part):
            if isinstance(owner.mapping, AddressSpace):
                _replace_in_cache(kernel, owner.mapping, delta, move._replace(frames=mask))
            if owner.delta is None:
                places = [(frame + shift, delta + frame) for frame in indices(mask)]
                set_offsets(target, places, owner.mapping, owner.memcg)
            else:
                set_owner(target, shifted(mask, shift), owner.mapping, owner.memcg, delta - shift)


def _recharge(kernel: Kernel, block: Pageblock, owner: Owner, frames: int) -> None:
    """The charge of pages goes along to their new frames (mem_cgroup_end_migration)."""
    count = (frames & charged_frames(block)).bit_count()
    if owner.memcg is not None and count:
        move_charges(kernel, owner.memcg, count)


def _replace_in_cache(kernel: Kernel, mapping: AddressSpace, delta: int, move: Move) -> None:
    """Let the page cache find the new frames: page offset frame + delta."""
    for number in range(delta >> HPAGE_ORDER, (delta + PAGES - 1 >> HPAGE_ORDER) + 1):
        slot = mapping.slots.get(number)
        if slot is None:
            continue
        by = delta - (number << HPAGE_ORDER)
        pages = shifted(move.frames & move.block.cached, by) & span(0, PAGES)
        if pages:
            kernel.own(slot)
            drop(slot, pages)
            add(slot, pages, move.target, move.shift - by)


def _move_counts(move: Move) -> None:
    """The new frames are mapped as often as the old ones were."""
    block, frames, target, shift = move
    target.once |= shifted(block.once & frames, shift)
    target.twice |= shifted(block.twice & frames, shift)
    block.once &= ~frames
    block.twice &= ~frames
    if not block.planes:
        return
    moved = [shifted(plane & frames, shift) for plane in block.planes]
    there = [*target.planes, *(0 for _ in range(len(moved) - len(target.planes)))]
    target.planes = _trimmed([plane | (moved[place] if place < len(moved) else 0) for place, plane in enumerate(there)])
    block.planes = _trimmed([plane & ~frames for plane in block.planes])


def _trimmed(planes: list[int]) -> tuple[int, ...]:
    while planes and not planes[-1]:
        planes.pop()
    return tuple(planes)


def _move_statistics(kernel: Kernel, move: Move) -> None:
    """Counters of the zones, where the new frames lie in another one."""
    block, frames, target, shift = move
    here, there = block.zone.stat, target.zone.stat
    if here is there:
        return
    kernel.own(here)
    kernel.own(there)
    new = shifted(frames, shift)
    cached, mapped = target.cached & new, target.once & new
    swap_backed = 0
    for owner in target.owners:
        if isinstance(owner.mapping, AddressSpace) and owner.mapping.swap_backed:
            swap_backed |= owner.mask
    for name, mask in (
        ("nr_anon_pages", mapped & ~cached),
        ("nr_mapped", mapped & cached),
        ("nr_file_pages", cached),
        ("nr_shmem", cached & swap_backed),
        ("nr_mlock", target.mlocked & new),
    ):
        count = mask.bit_count()
        if count:
            setattr(here, name, getattr(here, name) - count)
            setattr(there, name, getattr(there, name) + count)
