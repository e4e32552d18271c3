"""ksmd: when it runs, and one turn of it (mm/ksm.c: ksm_scan_thread)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.ksm.scan import ksm_scan
from thpsh.structs.ksm import RUN_MERGE
from thpsh.trace.events.ksm import KsmScan

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel

_MILLISECOND: Final = 10**6
_LEAST: Final = 1  # milliseconds: without any sleep the clock would stand still


def ksmd_due(kernel: Kernel) -> int | None:
    """When ksmd looks at pages next, in nanoseconds since boot; None while it is stopped or has nothing to look at."""
    ksm = kernel.ksm
    if not ksm.run & RUN_MERGE or not ksm.mms:
        return None
    return ksm.wake_at


def ksmd_run(kernel: Kernel) -> None:
    """One turn: pages_to_scan pages, then sleep_millisecs of sleep."""
    ksm = kernel.ksm
    kernel.own(ksm)
    before = ksm.pages_sharing
    pages = ksm_scan(kernel, ksm.pages_to_scan)
    ksm.wake_at = kernel.clock.moment + max(ksm.sleep_millisecs, _LEAST) * _MILLISECOND
    kernel.trace.emit(KsmScan(pages, max(0, ksm.pages_sharing - before), ksm.full_scans))
