"""What a kernel developer would object to in a trace of locks (after kernel/lockdep.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.locks import ANON_VMA, COMPOUND_LOCK, LRU_LOCK, MMAP_SEM, MOVE_LOCK, PAGE_LOCK, PAGE_TABLE_LOCK
from thpsh.record import field, record
from thpsh.trace.events.kmem import MmPageAlloc
from thpsh.trace.events.lock import LockAcquire, LockRelease, MemcgCharge, PteOffsetMap, PteUnmap, PteUse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from thpsh.trace.event import Record

_ORDER: Final = (MMAP_SEM, PAGE_LOCK, *ANON_VMA, PAGE_TABLE_LOCK, LRU_LOCK, COMPOUND_LOCK, MOVE_LOCK)
_TRY: Final = "try"  # mode of a lock that is left alone if somebody has it: no order needed
_KHUGEPAGED: Final = ("khugepaged_scan_mm_slot", "collapse_huge_page")
_HUGE: Final = 9  # order; such an allocation may compact, reclaim and wait for I/O


@record(frozen=True)
class Finding:
    """One objection: the event, and what is wrong."""

    number: int
    text: str


@record
class LockLint:
    """Reads a trace from its beginning and keeps what it finds."""

    findings: list[Finding] = field(default_factory=list)
    held: list[tuple[LockAcquire, int, int]] = field(default_factory=list)  # with number and time
    mapped: set[tuple[int, int]] = field(default_factory=set)  # pages of entries: mm, address
    complete: bool = True  # no older events were pushed out of the buffer
    seen: int = 0  # lock events
    longest: int = 0  # nanoseconds that khugepaged held mmap_sem at a stretch

    def read(self, records: Iterable[Record]) -> LockLint:
        """Look at every record; returns itself."""
        for each in records:
            look = _LOOKS.get(type(each.event))
            if look is not None:
                look(self, each)
        return self

    def object(self, found: Record, text: str) -> None:
        """Note an objection."""
        self.findings.append(Finding(found.number, text))

    def acquired(self, found: Record) -> None:
        """A lock was taken: none that comes later in the order may be held."""
        event: LockAcquire = found.event  # type: ignore[assignment]  # by _LOOKS
        self.seen += 1
        if event.lock in _ORDER and event.mode != _TRY:
            rank = _ORDER.index(event.lock)
            later = [each.lock for each, _, _ in self.held if each.lock in _ORDER and _ORDER.index(each.lock) > rank]
            if later:
                self.object(found, f"{event.site} takes {event.lock} while {later[0]} is held: wrong order")
        self.held.append((event, found.number, found.time))

    def released(self, found: Record) -> None:
        """A lock was given back: somebody must have had it."""
        event: LockRelease = found.event  # type: ignore[assignment]  # by _LOOKS
        self.seen += 1
        for place in range(len(self.held) - 1, -1, -1):
            had, _, since = self.held[place]
            if (had.lock, had.owner, had.mode) == (event.lock, event.owner, event.mode):
                if had.lock == MMAP_SEM and had.site in _KHUGEPAGED:
                    self.longest = max(self.longest, found.time - since)
                del self.held[place]
                return
        if self.complete:
            self.object(found, f"{event.site} gives back {event.lock} {event.owner}, which nobody holds")

    def _khugepaged_sem(self) -> LockAcquire | None:
        held = (each for each, _, _ in self.held if each.lock == MMAP_SEM and each.site in _KHUGEPAGED)
        return next(held, None)

    def allocated(self, found: Record) -> None:
        """A huge page was allocated: not under mmap_sem held for writing (#27)."""
        event: MmPageAlloc = found.event  # type: ignore[assignment]  # by _LOOKS
        sem = self._khugepaged_sem() if event.order >= _HUGE else None
        if sem is not None and sem.mode == "write":
            self.object(found, f"{sem.site} allocates order {event.order}, which may do I/O, under mmap_sem for write")

    def charged(self, found: Record) -> None:
        """A huge page was charged: not under mmap_sem (#3)."""
        event: MemcgCharge = found.event  # type: ignore[assignment]  # by _LOOKS
        sem = self._khugepaged_sem()
        if sem is not None:
            self.object(found, f"{event.site} charges {event.group}, which may reclaim, under mmap_sem for {sem.mode}")

    def pte_mapped(self, found: Record) -> None:
        """A page of entries got its temporary mapping."""
        event: PteOffsetMap = found.event  # type: ignore[assignment]  # by _LOOKS
        self.mapped.add((event.mm, event.address))

    def pte_unmapped(self, found: Record) -> None:
        """It lost it."""
        event: PteUnmap = found.event  # type: ignore[assignment]  # by _LOOKS
        self.mapped.discard((event.mm, event.address))

    def pte_used(self, found: Record) -> None:
        """The entries were read: they must be mapped (#17)."""
        event: PteUse = found.event  # type: ignore[assignment]  # by _LOOKS
        if (event.mm, event.address) not in self.mapped:
            self.object(found, f"{event.site} reads page-table entries after their unmap")


_LOOKS: Final[dict[type, Callable[[LockLint, Record], None]]] = {
    LockAcquire: LockLint.acquired,
    LockRelease: LockLint.released,
    MmPageAlloc: LockLint.allocated,
    MemcgCharge: LockLint.charged,
    PteOffsetMap: LockLint.pte_mapped,
    PteUnmap: LockLint.pte_unmapped,
    PteUse: LockLint.pte_used,
}
