"""phys: physical memory, a letter for each 2 MiB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command, json_argument
from thpsh.errors import UsageError
from thpsh.mm.buddy import free_mask
from thpsh.mm.page_flags import poisoned
from thpsh.mm.page_kind import wholly_free
from thpsh.render.report import Report, show
from thpsh.render.strip import scale_for, scaled
from thpsh.structs.page import MigrateType

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.render.strip import Stretch
    from thpsh.structs.zone import Zone


_LEGEND: Final = "H huge  T hugetlbfs  U user  K kernel or page tables  M mixed  . free"
_POISON: Final = "X"
_TYPES: Final = "m movable  U unmovable  R reclaimable  V reserve  I isolated"
_TYPE_LETTERS: Final = {
    MigrateType.UNMOVABLE: "U",
    MigrateType.RECLAIMABLE: "R",
    MigrateType.MOVABLE: "m",
    MigrateType.RESERVE: "V",
    MigrateType.ISOLATE: "I",
}
_CELLS: Final = 56  # letters of a row
_ROWS: Final = 16
_MOST: Final = 64 * _CELLS  # letters of a zone


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("--zone", metavar="Z", help="only this zone: DMA, DMA32 or Normal")
    parser.add_argument("--map", action="store_true", help="draw a map, a letter for so many pageblocks that it fits")
    parser.add_argument("--types", action="store_true", help="a map of migrate types instead: what can be moved")
    parser.add_argument("--from", dest="start", metavar="FRAME", help="begin the map at this frame")
    parser.add_argument("--zoom", metavar="N", help="pageblocks to a letter (1 shows each)")
    json_argument(parser)


def run(call: Call) -> None:
    """Print the pageblocks of each zone; long rows of equal blocks are counted."""
    zones = call.kernel.zones
    wanted = call.option("zone")
    known = sorted({zone.kind.label for zone in zones})
    if wanted is not None and wanted not in known:
        raise UsageError(f"--zone {wanted}: expected {' or '.join(known)}")
    _check_map(call)
    pool = call.kernel.hugetlb.pages
    chosen = [zone for zone in zones if wanted in (None, zone.kind.label)]
    if call.option("types"):
        _map(call, [(zone, _types(zone)) for zone in chosen], _TYPES)
        return
    if call.option("map"):
        parts = [(zone, _runs(zone, pool)) for zone in chosen]
        _map(call, parts, _legend(letter for _, runs in parts for _, _, letter in runs))
        return
    rows = [
        (zone.node, zone.kind.label, f"{first << 9:#x}", count, letter)
        for zone in chosen
        for first, count, letter in _runs(zone, pool)
    ]
    notes = (_legend(row[4] for row in rows),)
    show(Report(("NODE", "ZONE", "FRAME", "BLOCKS", "WHAT"), rows, notes), call.out, as_json=call.option("json"))


def _check_map(call: Call) -> None:
    """UsageError for what only a map takes, and for what no map can begin at or stand for."""
    drawn = call.option("map") or call.option("types")
    for name, option, least in (("start", "--from", 0), ("zoom", "--zoom", 1)):
        word = call.option(name)
        if word is not None and not drawn:
            raise UsageError(f"{option} {word}: expected with --map or --types")
        if word is not None and _number(call, name) < least:
            raise UsageError(f"{option} {word}: expected a number from {least}")
    last = max(zone.end_pfn for zone in call.kernel.zones) - 1
    if _number(call, "start") > last:
        raise UsageError(f"--from {call.option('start')}: expected a frame up to {last:#x}")


def _legend(letters: Iterable[str]) -> str:
    """What the letters mean; most hosts have no poisoned pages."""
    return f"{_LEGEND}  {_POISON} poisoned pages" if _POISON in letters else _LEGEND


def _types(zone: Zone) -> list[Stretch]:
    """The migrate types of a zone's pageblocks: movable, but for those noted and those the kernel took at boot."""
    noted = [(index, 1, _TYPE_LETTERS[kind]) for index, kind in zone.types.items()]
    whole = [(-(-first >> 9), (last >> 9) - -(-first >> 9)) for first, last in zone.held]
    noted += [(first, count, "U") for first, count in whole if count > 0]
    found: list[Stretch] = []
    place, end = zone.start_pfn >> 9, (zone.end_pfn + 511) >> 9
    for first, count, letter in sorted(noted):
        if first > place:
            found.append((place, first - place, "m"))
        found.append((first, count, letter))
        place = first + count
    return [*found, (place, end - place, "m")] if place < end else found


def _map(call: Call, zones: list[tuple[Zone, list[Stretch]]], legend: str) -> None:
    """Each zone as rows of letters, with the frame that each row begins at."""
    start = _number(call, "start") >> 9
    rows: list[tuple[int, str, str, str]] = []
    scale = _number(call, "zoom") or scale_for(sum(zone.spanned >> 9 for zone, _ in zones), _ROWS * _CELLS)
    for zone, runs in zones:
        parts = [
            (max(first, start), first + count - max(first, start), letter)
            for first, count, letter in runs
            if first + count > start
        ]
        letters = scaled(parts, scale)
        for place in range(0, min(len(letters), _MOST), _CELLS):
            frame = (parts[0][0] + place * scale) << 9
            rows.append((zone.node, zone.kind.label, f"{frame:#x}", letters[place : place + _CELLS]))
        if len(letters) > _MOST:
            rows.append((zone.node, zone.kind.label, "", f"... {len(letters) - _MOST} letters more: --from or --zoom"))
    notes = (f"{legend}  + several", f"one letter: {scale} pageblock{'s'[: scale != 1]} of 2 MiB")
    show(Report(("NODE", "ZONE", "FRAME", "MAP"), rows, notes), call.out, as_json=call.option("json"))


def _number(call: Call, name: str) -> int:
    word = call.option(name)
    if word is None:
        return 0
    try:
        return int(word, 0)
    except ValueError:
        raise UsageError(f"--{'from' if name == 'start' else name} {word}: expected a number") from None


def _runs(zone: Zone, pool: Container[int]) -> list[tuple[int, int, str]]:
    """(first pageblock, how many, letter) of stretches of equal pageblocks."""
    found: list[tuple[int, int, str]] = []
    place = zone.start_pfn >> 9
    for index in sorted(zone.pageblocks):
        if index > place:
            found.append((place, index - place, _quiet(zone, place)))
        poison = poisoned(zone.pageblocks[index])
        found.append((index, 1, _POISON if poison else "T" if index in pool else _letter(zone, index)))
        place = index + 1
    last = (zone.end_pfn + 511) >> 9
    if place < last:
        found.append((place, last - place, _quiet(zone, place)))
    merged: list[tuple[int, int, str]] = []
    for first, count, letter in found:
        if merged and merged[-1][2] == letter:
            merged[-1] = (merged[-1][0], merged[-1][1] + count, letter)
        else:
            merged.append((first, count, letter))
    return merged


def _quiet(zone: Zone, index: int) -> str:
    """The letter of pageblocks without an object: free, or the kernel's since boot."""
    pfn = index << 9
    return "K" if any(first <= pfn < last for first, last in (*zone.reserved, *zone.held)) else "."


def _letter(zone: Zone, index: int) -> str:
    block = zone.pageblocks[index]
    if block.huge:
        return "H"
    user = any(owner.mask for owner in block.owners)
    first = index << 9
    held = any(start < first + 512 and first < end for start, end in (*zone.reserved, *zone.held))
    kernel = bool(block.tables | block.kernel) or held
    if user and kernel:
        return "M"
    if user:
        return "U"
    free = free_mask(block) | block.pcp and not kernel
    return "." if free or wholly_free(zone, block) else "K"


COMMAND = Command(
    name="phys",
    group="Views",
    summary="physical memory: what each 2 MiB pageblock holds",
    example="phys --map --zone DMA32",
    arguments=_arguments,
    run=run,
)
