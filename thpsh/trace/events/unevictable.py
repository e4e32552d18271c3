"""Pages locked in memory and unlocked (vm events of mm/mlock.c and putback_lru_page)."""

from __future__ import annotations

from dataclasses import dataclass

from thpsh.trace.event import Event


@dataclass(frozen=True, slots=True)
class UnevictablePgsMlocked(Event):
    """Pages got the mlocked flag."""

    vm_events = ("unevictable_pgs_mlocked",)

    count: int


@dataclass(frozen=True, slots=True)
class UnevictablePgsCulled(Event):
    """Pages moved to the unevictable list."""

    vm_events = ("unevictable_pgs_culled",)

    count: int


@dataclass(frozen=True, slots=True)
class UnevictablePgsMunlocked(Event):
    """Pages lost the mlocked flag."""

    vm_events = ("unevictable_pgs_munlocked",)

    count: int


@dataclass(frozen=True, slots=True)
class UnevictablePgsRescued(Event):
    """Pages left the unevictable list."""

    vm_events = ("unevictable_pgs_rescued",)

    count: int
