"""KSM events (include/trace/events/ksm.h of later kernels; 3.0 has counters only)."""

from __future__ import annotations

from thpsh.record import record
from thpsh.trace.event import Event


@record(frozen=True)
class KsmMerge(Event):
    """A page gave way to a merged one with the same content."""

    mm: int
    address: int
    pfn: int  # of the merged page


@record(frozen=True)
class KsmUnmerge(Event):
    """Pages of a range that were merged are separate again."""

    mm: int
    address: int
    end: int
    count: int


@record(frozen=True)
class KsmQuiet(Event):
    """Turns of ksmd that found everything as it was."""

    turns: int
    full_scans: int


@record(frozen=True)
class KsmScan(Event):
    """One turn of ksmd that changed something."""

    pages: int
    merged: int
    full_scans: int
