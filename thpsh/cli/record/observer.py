"""Looks at the regions of a recorded process: smaps, pagemap, and what its kernel says beside them.

Which slots are huge PAGEMAP_SCAN tells (Linux 6.7); before, a VMA's AnonHugePages does, if all of its full slots are
huge or none is, and else `?`. Zero pages and parts of huge pages are known to root (kpageflags), zero pages also to
PAGEMAP_SCAN.
"""

from __future__ import annotations

import array
import fcntl
import os
import struct
from typing import TYPE_CHECKING, Any, Final

from thpsh.oracle.smaps import SmapsEntry, parse_smaps
from thpsh.record import record

if TYPE_CHECKING:
    from thpsh.cli.record.process import Process

PAGE: Final = 4096
PAGES: Final = 512
SLOT: Final = PAGE * PAGES
_MOST_SLOTS: Final = 256  # of a region; no more are looked at
_PRESENT: Final = 1 << 63
_SWAPPED: Final = 1 << 62
_FRAME: Final = (1 << 55) - 1
_SPECIAL: Final = 24  # kinds of swap entries from here on are migration, poison, markers
_HEAD_OR_TAIL: Final = 1 << 15 | 1 << 16
_ZERO: Final = 1 << 24
_SCAN: Final = 0xC0606610  # _IOWR('f', 16, struct pm_scan_arg)
_IS_ZERO, _IS_HUGE = 1 << 5, 1 << 6
_SCAN_ARGUMENT: Final = "12Q"
_SCAN_RANGE: Final = "3Q"


@record
class Slot:
    """What is known of one slot; `huge` is None where only smaps can tell."""

    start: int
    present: int = 0
    zero: int = 0
    compound: int = 0  # parts of huge or large pages
    swapped: int = 0
    special: int = 0
    huge: bool | None = False
    letter: str = ""


class Eyes:
    """What this host lets one see of a process' pages."""

    def __init__(self) -> None:
        self.scan = True  # until PAGEMAP_SCAN is refused
        try:
            self._flags = os.open("/proc/kpageflags", os.O_RDONLY | os.O_CLOEXEC)
            os.pread(self._flags, 8, 0)
        except OSError:
            self._flags = -1
        self.scan = self._can_scan()

    @property
    def flags(self) -> bool:
        """Can the flags of page frames be read (root)?"""
        return self._flags >= 0

    def unread(self) -> list[str]:
        """What cannot be seen here, in words."""
        found = []
        if not self.flags:
            found.append("parts of huge pages (/proc/kpageflags needs root)")
        if not self.flags and not self.scan:
            found.append("zero pages (need root or PAGEMAP_SCAN of Linux 6.7)")
        return found

    def _can_scan(self) -> bool:
        pagemap = os.open("/proc/self/pagemap", os.O_RDONLY | os.O_CLOEXEC)
        try:
            return _scanned(pagemap, 0, _IS_HUGE) is not None
        finally:
            os.close(pagemap)

    def look(self, process: Process) -> list[dict[str, Any]]:
        """All regions of a process, as recordings have them."""
        with open(f"/proc/{process.pid}/smaps", encoding="utf-8", errors="replace") as file:
            vmas = parse_smaps(file.read())
        pagemap = os.open(f"/proc/{process.pid}/pagemap", os.O_RDONLY | os.O_CLOEXEC)
        try:
            return [
                {"proc": process.name, "region": name, **self._region(pagemap, vmas, start, start + length)}
                for name, (start, length) in process.regions.items()
                if not name.startswith("_")
            ]
        finally:
            os.close(pagemap)

    def _region(self, pagemap: int, vmas: list[SmapsEntry], start: int, end: int) -> dict[str, Any]:
        first = start & -SLOT
        slots = [
            self._slot(pagemap, first + SLOT * index) for index in range(min(-(-(end - first) // SLOT), _MOST_SLOTS))
        ]
        for vma in vmas:
            decide([slot for slot in slots if vma.start <= slot.start and slot.start + SLOT <= vma.end], vma)
        for slot in slots:
            slot.letter = letter(slot)
        found: dict[str, Any] = {"mod2M": start % SLOT} if start % SLOT else {}
        found |= {"slots": "".join(slot.letter for slot in slots), "n": [slot.present for slot in slots]}
        counts = {
            "zero": [slot.zero for slot in slots],
            "thp": [slot.compound for slot in slots],
            "swap": [slot.swapped for slot in slots],
            "special": [slot.special for slot in slots],
        }
        found |= {name: numbers for name, numbers in counts.items() if any(numbers)}
        inside = (vma for vma in vmas if vma.end > start and vma.start < end)
        return {**found, "vmas": [_vma(vma, start) for vma in inside]}

    def _slot(self, pagemap: int, start: int) -> Slot:
        """Count the entries of a slot by their kinds."""
        slot = Slot(start)
        entries = array.array("Q", os.pread(pagemap, PAGES * 8, start // PAGE * 8))
        for entry in entries:
            if entry & _PRESENT:
                slot.present += 1
            elif entry & _SWAPPED:
                slot.special += entry & 31 >= _SPECIAL
                slot.swapped += entry & 31 < _SPECIAL
        if not slot.present:
            return slot
        if self.flags:
            flags = self._page_flags([entry & _FRAME for entry in entries if entry & _PRESENT])
            slot.zero = sum(bool(each & _ZERO) for each in flags)
            slot.compound = sum(bool(each & _HEAD_OR_TAIL) and not each & _ZERO for each in flags)
        elif self.scan:
            slot.zero = _scanned(pagemap, start, _IS_ZERO) or 0
        if slot.present == PAGES:
            slot.huge = bool(_scanned(pagemap, start, _IS_HUGE)) if self.scan else None
        return slot

    def _page_flags(self, frames: list[int]) -> list[int]:
        """The flags of page frames, neighbours with one read."""
        found: list[int] = []
        while len(found) < len(frames):
            first = len(found)
            run = 1
            while first + run < len(frames) and frames[first + run] == frames[first] + run:
                run += 1
            read = array.array("Q", os.pread(self._flags, 8 * run, 8 * frames[first]))
            found += [*read, *[0] * (run - len(read))]
        return found


def _scanned(pagemap: int, start: int, category: int) -> int | None:
    """Pages of a slot that PAGEMAP_SCAN finds in a category; None where the kernel has no such thing."""
    ranges = array.array("Q", bytes(24 * PAGES))
    argument = bytearray(
        struct.pack(
            _SCAN_ARGUMENT, 96, 0, start, start + SLOT, 0, ranges.buffer_info()[0], PAGES, 0, 0, category, 0, category
        )
    )
    try:
        count = fcntl.ioctl(pagemap, _SCAN, argument)
    except OSError:
        return None
    return sum(ranges[3 * each + 1] - ranges[3 * each] for each in range(count)) // PAGE


def decide(slots: list[Slot], vma: SmapsEntry) -> None:
    """Settle what only smaps can tell of the slots of a VMA: which are huge, and which of those the zero page."""
    huge = vma.fields.get("AnonHugePages", 0) * 1024 // SLOT
    open_ones = [slot for slot in slots if slot.huge is None]
    if huge in (0, len(open_ones)):
        for slot in open_ones:
            slot.huge = bool(huge)
    mapped = [slot for slot in slots if slot.huge]
    if vma.fields.get("Rss", 0) * 1024 < SLOT * len(mapped) and not huge:  # the huge zero page is in neither sum
        for slot in mapped:
            slot.zero = PAGES


def letter(slot: Slot) -> str:
    """The letter that recordings have for a slot."""
    if slot.special or slot.swapped:
        return "X" if slot.special else "S"
    if not slot.present:
        return "."
    if slot.huge is None:
        return "?"
    if slot.huge:
        return "Z" if slot.zero else "H"
    if slot.zero == slot.present:
        return "z"
    if slot.compound == slot.present:
        return "h"
    return "F" if slot.present == PAGES else "P"


def _vma(vma: SmapsEntry, start: int) -> dict[str, Any]:
    return {"off": vma.start - start, "kB": (vma.end - vma.start) >> 10, "perms": vma.perms, **vma.fields}
