"""Events of swap and reclaim (include/trace/events/vmscan.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.record import record
from thpsh.trace.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterator


@record(frozen=True)
class SwapWritepage(Event):
    """Pages of one pageblock were written to swap."""

    pfn: int  # of the first page
    count: int

    def counts(self) -> Iterator[tuple[str, int]]:
        """Pages, and kB written to a disk."""
        yield "pswpout", self.count
        yield "pgpgout", self.count * 4


@record(frozen=True)
class SwapReadpage(Event):
    """Pages were read from swap, the faulting one and its neighbours."""

    entry: int
    count: int

    def counts(self) -> Iterator[tuple[str, int]]:
        """Pages, and kB read from a disk."""
        yield "pswpin", self.count
        yield "pgpgin", self.count * 4


@record(frozen=True)
class MmFilemapAddToPageCache(Event):
    """Pages of a file were read into the page cache."""

    offset: int  # of the first page
    count: int

    def counts(self) -> Iterator[tuple[str, int]]:
        """In kB read from a disk."""
        yield "pgpgin", self.count * 4


@record(frozen=True)
class MmVmscanDirectReclaimBegin(Event):
    """An allocation found no page above the marks and reclaims some itself."""

    vm_events = ("allocstall",)
    stall = "reclaim"

    order: int
    gfp: int


@record(frozen=True)
class MmVmscanMemcgReclaimBegin(Event):
    """A group at its limit reclaims some of its own pages."""

    stall = "reclaim"

    group: str


@record(frozen=True)
class MmVmscanMemcgSoftlimitReclaimBegin(Event):
    """A group above its soft limit gives some pages first, as memory is short."""

    group: str


@record(frozen=True)
class ZoneReclaimBegin(Event):
    """An allocation reclaims in a zone at its mark before it looks at the next one (zone_reclaim_mode)."""

    stall = "reclaim"

    node: int
    zone: str
    order: int


@record(frozen=True)
class ZoneReclaimFailed(Event):
    """That gave fewer pages than were asked for."""

    vm_events = ("zone_reclaim_failed",)

    node: int
    zone: str


@record(frozen=True)
class MmVmscanKswapdWake(Event):
    """Kswapd of a node begins to work."""

    stall = "reclaim"  # for an allocation that cannot go on before kswapd has made room

    node: int
    order: int


@record(frozen=True)
class MmVmscanKswapdSleep(Event):
    """Kswapd of a node sleeps until somebody wakes it."""

    node: int


@record(frozen=True)
class BalancePgdat(Event):
    """Kswapd goes over the zones of its node."""

    vm_events = ("pageoutrun",)

    node: int
    order: int


@record(frozen=True)
class KswapdLowWmarkHitQuickly(Event):
    """Kswapd was woken again soon after it had fallen asleep."""

    vm_events = ("kswapd_low_wmark_hit_quickly",)

    node: int


@record(frozen=True)
class KswapdHighWmarkHitQuickly(Event):
    """Kswapd found a zone below its high mark before it slept for good."""

    vm_events = ("kswapd_high_wmark_hit_quickly",)

    node: int


@record(frozen=True)
class KswapdSkipCongestionWait(Event):
    """Kswapd goes on without a pause, as a zone is below its min mark."""

    vm_events = ("kswapd_skip_congestion_wait",)

    node: int


@record(frozen=True)
class MmVmscanLruShrinkInactive(Event):
    """A batch of an inactive list was looked at; so many of its pages were freed."""

    node: int
    zone: str
    file: bool
    by: str  # kswapd, direct, the path of a group, or kswapd for a group
    scanned: int
    reclaimed: int

    def counts(self) -> Iterator[tuple[str, int]]:
        """Pages scanned (not for groups) and freed, by zone."""
        zone = self.zone.lower()
        if self.by in ("kswapd", "direct"):
            yield f"pgscan_{self.by}_{zone}", self.scanned
        if self.reclaimed:
            yield f"pgsteal_{zone}", self.reclaimed
            if self.by.startswith("kswapd"):
                yield "kswapd_steal", self.reclaimed


@record(frozen=True)
class ShrinkActiveList(Event):
    """A batch of an active list was looked at; so many pages went to the inactive list."""

    node: int
    zone: str
    file: bool
    scanned: int
    deactivated: int

    def counts(self) -> Iterator[tuple[str, int]]:
        """List entries looked at, by zone, and base pages deactivated."""
        yield f"pgrefill_{self.zone.lower()}", self.scanned
        yield "pgdeactivate", self.deactivated
