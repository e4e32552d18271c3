"""Pages locked in memory and unlocked (vm events of mm/mlock.c and putback_lru_page)."""

from __future__ import annotations

from thpsh.record import record
from thpsh.trace.event import Event


@record(frozen=True)
class UnevictablePgsMlocked(Event):
    """Pages got the mlocked flag."""

    vm_events = ("unevictable_pgs_mlocked",)

    count: int


@record(frozen=True)
class UnevictablePgsCulled(Event):
    """Pages moved to the unevictable list."""

    vm_events = ("unevictable_pgs_culled",)

    count: int


@record(frozen=True)
class UnevictablePgsMunlocked(Event):
    """Pages lost the mlocked flag."""

    vm_events = ("unevictable_pgs_munlocked",)

    count: int


@record(frozen=True)
class UnevictablePgsCleared(Event):
    """Pages lost the mlocked flag because they leave the page cache."""

    vm_events = ("unevictable_pgs_cleared",)

    count: int


@record(frozen=True)
class UnevictablePgsMlockfreed(Event):
    """Pages were freed with the mlocked flag."""

    vm_events = ("unevictable_pgs_mlockfreed",)

    count: int


@record(frozen=True)
class UnevictablePgsRescued(Event):
    """Pages left the unevictable list."""

    vm_events = ("unevictable_pgs_rescued",)

    count: int
