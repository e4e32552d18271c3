"""phys: physical memory, a letter for each 2 MiB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command, json_argument
from thpsh.errors import UsageError
from thpsh.mm.buddy import free_mask
from thpsh.mm.page_flags import poisoned
from thpsh.mm.page_kind import wholly_free
from thpsh.observe.holders import FREE, SHARED, UNMAPPED, holders
from thpsh.render.columns import flow
from thpsh.render.report import Report, show
from thpsh.render.strip import scale_for, scaled
from thpsh.structs.page import PAGE_SHIFT, MigrateType
from thpsh.structs.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.render.strip import Stretch
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone


_LEGEND: Final = "H huge  T hugetlbfs  U user  K kernel or page tables  M mixed  . free"
_OWNERS: Final = f"{SHARED} shared  {UNMAPPED} in use, but mapped by no process  {FREE} free"
_NAMED: Final = 24  # processes in the legend
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
_ROOM: Final = 69  # of 80 columns, without that of nodes and what is between columns
_ROWS: Final = 16
_MOST: Final = 64 * _CELLS  # letters of a zone


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("--zone", metavar="Z", help="only this zone: DMA, DMA32 or Normal")
    parser.add_argument("--map", action="store_true", help="draw a map, a letter for so many pageblocks that it fits")
    parser.add_argument("--types", action="store_true", help="a map of migrate types instead: what can be moved")
    parser.add_argument(
        "--owners", action="store_true", help="a map of processes instead: who has most of what is used"
    )
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
    chosen = [zone for zone in zones if wanted in (None, zone.kind.label)]
    if call.option("types"):
        _map(call, [(zone, _types(zone)) for zone in chosen], _TYPES)
        return
    if call.option("owners"):
        _owners(call, chosen)
        return
    pool = call.kernel.hugetlb.pages
    if call.option("map"):
        parts = [(zone, _by_use(zone, pool)) for zone in chosen]
        _map(call, parts, _legend(letter for _, runs in parts for _, _, letter in runs))
        return
    rows = [
        (zone.node, zone.kind.label, f"{first << 9:#x}", count, letter)
        for zone in chosen
        for first, count, letter in _by_use(zone, pool)
    ]
    notes = (_legend(row[4] for row in rows),)
    show(Report(("NODE", "ZONE", "FRAME", "BLOCKS", "WHAT"), rows, notes), call.out, as_json=call.option("json"))


def _check_map(call: Call) -> None:
    """UsageError for what only a map takes, and for what no map can begin at or stand for."""
    drawn = call.option("map") or call.option("types") or call.option("owners")
    for name, option, least in (("start", "--from", 0), ("zoom", "--zoom", 1)):
        word = call.option(name)
        if word is not None and not drawn:
            raise UsageError(f"{option} {word}: expected with --map, --types or --owners")
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


def _owners(call: Call, zones: list[Zone]) -> None:
    """A map with a letter for each process, and what each has."""
    found = holders(call.kernel)
    parts = [(zone, _runs(zone, found.letter, UNMAPPED)) for zone in zones]
    known = sorted(found.processes.values(), key=lambda each: -each.pages)
    names = [f"{each.letter} {each.name} {format_size(each.pages << PAGE_SHIFT)}" for each in known[:_NAMED]]
    names += [f"and {len(known) - _NAMED} more"] * (len(known) > _NAMED)
    _map(call, parts, _OWNERS, flow(names))


def _map(call: Call, zones: list[tuple[Zone, list[Stretch]]], legend: str, names: Sequence[str] = ()) -> None:
    """Each zone as rows of letters, with the frame that each row begins at."""
    start = _number(call, "start") >> 9
    rows: list[tuple[int, str, str, str]] = []
    room = _cells(zones)
    scale = _number(call, "zoom") or scale_for(sum(zone.spanned >> 9 for zone, _ in zones), _ROWS * _CELLS)
    for zone, runs in zones:
        parts = [
            (max(first, start), first + count - max(first, start), letter)
            for first, count, letter in runs
            if first + count > start
        ]
        letters = scaled(parts, scale)
        for place in range(0, min(len(letters), _MOST), room):
            frame = (parts[0][0] + place * scale) << 9
            rows.append((zone.node, zone.kind.label, f"{frame:#x}", letters[place : place + room]))
        if len(letters) > _MOST:
            rows.append((zone.node, zone.kind.label, "", f"... {len(letters) - _MOST} letters more: --from or --zoom"))
    notes = (*names, f"{legend}  + several", f"one letter: {scale} pageblock{'s'[: scale != 1]} of 2 MiB")
    show(Report(("NODE", "ZONE", "FRAME", "MAP"), rows, notes), call.out, as_json=call.option("json"))


def _cells(zones: list[tuple[Zone, list[Stretch]]]) -> int:
    """The letters of a row that fit beside its node, zone and frame, a multiple of eight."""
    zone = max(len(zone.kind.label) for zone, _ in zones)
    frame = max(len(f"{zone.end_pfn:#x}") for zone, _ in zones)
    return min(_CELLS, (_ROOM - max(zone, len("ZONE")) - frame) // 8 * 8)


def _number(call: Call, name: str) -> int:
    word = call.option(name)
    if word is None:
        return 0
    try:
        return int(word, 0)
    except ValueError:
        raise UsageError(f"--{'from' if name == 'start' else name} {word}: expected a number") from None


def _by_use(zone: Zone, pool: Container[int]) -> list[Stretch]:
    """The pageblocks of a zone by what they hold."""

    def letter(zone: Zone, block: Pageblock) -> str:
        return _POISON if poisoned(block) else "T" if block.index in pool else _letter(zone, block)

    return _runs(zone, letter, "K")


def _runs(zone: Zone, letter_of: Callable[[Zone, Pageblock], str], kernel: str) -> list[Stretch]:
    """Stretches of equal pageblocks; those without an object are free, or have the letter of the kernel."""
    found: list[Stretch] = []
    place = zone.start_pfn >> 9
    for index in sorted(zone.pageblocks):
        if index > place:
            found.append((place, index - place, _quiet(zone, place, kernel)))
        found.append((index, 1, letter_of(zone, zone.pageblocks[index])))
        place = index + 1
    last = (zone.end_pfn + 511) >> 9
    if place < last:
        found.append((place, last - place, _quiet(zone, place, kernel)))
    merged: list[Stretch] = []
    for first, count, letter in found:
        if merged and merged[-1][2] == letter:
            merged[-1] = (merged[-1][0], merged[-1][1] + count, letter)
        else:
            merged.append((first, count, letter))
    return merged


def _quiet(zone: Zone, index: int, kernel: str) -> str:
    """The letter of pageblocks without an object: free, or the kernel's since boot."""
    pfn = index << 9
    return kernel if any(first <= pfn < last for first, last in (*zone.reserved, *zone.held)) else "."


def _letter(zone: Zone, block: Pageblock) -> str:
    if block.huge:
        return "H"
    user = any(owner.mask for owner in block.owners)
    first = block.index << 9
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
    details="--owners: the letter of a process stands where it has more than half of the\n"
    "pages in use, * where several share them, + where nobody has. Below the map:\n"
    "each process, its letter, and what it maps, shared memory included.",
)
