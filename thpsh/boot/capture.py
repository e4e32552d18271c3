"""Machines from captures: a directory of files copied from /proc and /sys of a host somebody cares about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.boot.spec import MachineSpec, NodeSpec, ZoneSpec, check
from thpsh.errors import UsageError
from thpsh.releases.release import parse
from thpsh.structs.page import KIB, PAGE_SHIFT, PAGE_SIZE, ZoneType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_THP: Final = "sys/kernel/mm/transparent_hugepage"
_ZONES: Final = {"DMA": ZoneType.DMA, "DMA32": ZoneType.DMA32, "Normal": ZoneType.NORMAL}
_STRUCT_PAGE: Final = 56  # bytes; what zoneinfo of 3.0 leaves out of `present`
_DMA_RESERVED: Final = 2
_WORDS: Final = (("enabled", ("always", "madvise", "never")), ("defrag", ("always", "madvise", "never")))
_NUMBERS: Final = (
    *(
        f"{_THP}/khugepaged/{name}"
        for name in (
            "defrag", "pages_to_scan", "scan_sleep_millisecs", "alloc_sleep_millisecs", "max_ptes_none",
        )
    ),
    *(
        f"proc/sys/vm/{name}"
        for name in (
            "min_free_kbytes", "swappiness", "overcommit_memory", "overcommit_ratio", "page-cluster", "max_map_count",
            "vfs_cache_pressure",
        )
    ),
)  # fmt: skip
_ONLY_SIZES: Final = "how free memory is fragmented, and where holes lie inside of zones: only sizes are taken"

WANTED: Final = re.compile(
    r"(zoneinfo|cmdline|version|swaps)(\.txt)?|node\d+/(cpulist|distance)|transparent_hugepage/(enabled|defrag)"
    r"|khugepaged/\w+|vm/[\w-]+"
)
"""What the end of a wanted file's path looks like."""


def parse_capture(name: str, files: Mapping[str, str]) -> MachineSpec:
    """The machine whose files a directory holds, by path; UsageError names what is missing or cannot be read.

    `notes` of the spec say what could not be taken over.
    """
    zoneinfo = _find(files, "proc/zoneinfo")
    if zoneinfo is None:
        raise UsageError(f"capture:{name}: no zoneinfo there; expected {name}/proc/zoneinfo or {name}/zoneinfo")
    notes: list[str] = []
    zones = _zones(name, zoneinfo, notes)
    nodes = _nodes(name, files, zones, zoneinfo)
    cmdline = _cmdline(files, notes)
    try:
        return check(
            MachineSpec(
                kernel=_kernel(files, notes),
                memory=sum(node.memory for node in nodes),
                nodes=len(nodes),
                cpus=sum(node.cpus for node in nodes),
                node_list=nodes,
                zones=tuple(zones),
                swap=_swap(files),
                cmdline=cmdline,
                settings=tuple(_settings(files, notes)),
                notes=tuple(f"not taken over: {note}" for note in (*notes, _ONLY_SIZES)),
            )
        )
    except UsageError as error:
        raise UsageError(f"capture:{name}: {error}") from None


def _find(files: Mapping[str, str], path: str) -> str | None:
    """The text of a file, wherever in the directory its copy lies: with its path, its last two names, or its name."""
    parts = path.split("/")
    for wanted in ("/".join(parts), "/".join(parts[-2:]), parts[-1]):
        for found, text in files.items():
            plain = found.removesuffix(".txt")
            if plain == wanted or (plain.endswith(f"/{wanted}") and "/" in wanted):
                return text
    return None


def _zones(name: str, text: str, notes: list[str]) -> list[ZoneSpec]:
    """The populated zones; those of a kind that 3.0 on x86-64 does not have are noted."""
    found = []
    for part in re.split(r"(?m)^(?=Node \d+, zone)", text):
        head = re.match(r"Node (\d+), zone +(\w+)", part)
        if head is None:
            continue
        numbers = {key: _number(part, key) for key in ("spanned", "present", "managed", "start_pfn")}
        if not numbers["present"]:
            continue
        if head[2] not in _ZONES:
            notes.append(f"zone {head[2]} of node {head[1]}, {numbers['present'] * 4} kB: 3.0 has no such zone here")
            continue
        start, spanned, present = numbers["start_pfn"], numbers["spanned"], numbers["present"]
        if start is None or spanned is None or present is None:
            raise UsageError(f"capture:{name}: zoneinfo of zone {head[2]}: expected spanned, present and start_pfn")
        kind = _ZONES[head[2]]
        usable = present
        if numbers["managed"] is None:  # a kernel that counted the memory map out
            usable += -(-spanned * _STRUCT_PAGE // (4 * KIB)) + (_DMA_RESERVED if kind is ZoneType.DMA else 0)
        found.append(ZoneSpec(int(head[1]), kind, start, spanned, min(usable, spanned)))
    if not found:
        raise UsageError(f"capture:{name}: zoneinfo: expected lines like `Node 0, zone    DMA32`")
    return found


def _number(part: str, key: str) -> int | None:
    found = re.search(rf"(?m)^ +{key}:? +(\d+)$", part)
    return int(found[1]) if found else None


def _nodes(name: str, files: Mapping[str, str], zones: Sequence[ZoneSpec], zoneinfo: str) -> tuple[NodeSpec, ...]:
    """Memory, CPUs and distances of each node."""
    count = max(zone.node for zone in zones) + 1
    found = []
    for nid in range(count):
        memory = sum(zone.usable for zone in zones if zone.node == nid) << PAGE_SHIFT
        cpus = _find(files, f"sys/devices/system/node/node{nid}/cpulist") if count > 1 or len(files) > 1 else None
        distance = _find(files, f"sys/devices/system/node/node{nid}/distance")
        numbers = tuple(int(word) for word in (distance or "").split() if word.isdigit())
        found.append(NodeSpec(memory, _cpus(cpus), numbers if len(numbers) == count else ()))
    if not sum(node.cpus for node in found):
        all_cpus = {int(number) for number in re.findall(r"(?m)^ +cpu: (\d+)$", zoneinfo)} or {0}
        share, more = divmod(len(all_cpus), count)
        found = [NodeSpec(each.memory, share + (nid < more), each.distance) for nid, each in enumerate(found)]
    if any(node.memory < PAGE_SIZE for node in found):
        raise UsageError(f"capture:{name}: a node without memory; expected memory on each of the {count} nodes")
    return tuple(found)


def _cpus(text: str | None) -> int:
    """How many CPUs a list like 0-3,8 names."""
    count = 0
    for part in (text or "").strip().split(","):
        first, _, last = part.partition("-")
        if first.isdigit():
            count += int(last) - int(first) + 1 if last.isdigit() else 1
    return count


def _kernel(files: Mapping[str, str], notes: list[str]) -> str:
    """The release to boot: that of the capture if it is known, else 3.0."""
    found = re.match(r"Linux version (\S+)", _find(files, "proc/version") or "")
    if found is None:
        return "3.0"
    series = re.match(r"(2\.6\.\d+|\d+\.\d+)", found[1])
    try:
        return parse(series[1] if series else "").text
    except UsageError:
        notes.append(f"kernel {found[1]}: not emulated; 3.0 is booted, with its own rules for reserves and watermarks")
        return "3.0"


def _cmdline(files: Mapping[str, str], notes: list[str]) -> str:
    """The words of the command line that the emulated kernel knows."""
    words = (_find(files, "proc/cmdline") or "").split()
    known = [word for word in words if word.startswith(("transparent_hugepage=", "hugepages="))]
    if len(words) > len(known):
        notes.append(f"{len(words) - len(known)} words of the command line that memory management does not read")
    return " ".join(known)


def _swap(files: Mapping[str, str]) -> int:
    """Bytes of swap space."""
    rows = (_find(files, "proc/swaps") or "").splitlines()[1:]
    return sum(int(row.split()[2]) for row in rows if len(row.split()) > 2 and row.split()[2].isdigit()) * KIB


def _settings(files: Mapping[str, str], notes: list[str]) -> list[tuple[str, str]]:
    """What is written after boot: knobs whose captured value 3.0 can take."""
    found = []
    for name, words in _WORDS:
        text = _find(files, f"{_THP}/{name}")
        chosen = re.search(r"\[([\w+-]+)\]", text or "")
        if chosen and chosen[1] in words:
            found.append((f"/{_THP}/{name}", chosen[1]))
        elif chosen:
            notes.append(f"{name} {chosen[1]}: 3.0 knows {', '.join(words)}")
    for path in _NUMBERS:
        text = _find(files, path) if "/" in path else None
        if text is not None and re.fullmatch(r"\d{1,9}", text.strip()):
            found.append((f"/{path}", text.strip()))
    return found
