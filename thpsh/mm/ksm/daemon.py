"""ksmd: when it runs, and one turn of it (mm/ksm.c: ksm_scan_thread)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.structs.ksm import RUN_MERGE
from thpsh.trace.events.ksm import KsmQuiet, KsmScan

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
    from thpsh.mm.ksm.scan import ksm_scan  # costs 4 ms at start-up, and few hosts merge pages

    ksm = kernel.ksm
    kernel.own(ksm)
    before, ksm.quiet = ksm.pages_sharing, True
    pages = ksm_scan(kernel, ksm.pages_to_scan)
    ksm.wake_at = kernel.clock.moment + max(ksm.sleep_millisecs, _LEAST) * _MILLISECOND
    if not ksm.quiet:
        kernel.trace.emit(KsmScan(pages, max(0, ksm.pages_sharing - before), ksm.full_scans))


def ksmd_place(kernel: Kernel) -> tuple[object, ...]:
    """All that decides what the next turn does on a host where nothing else happens."""
    return kernel.ksm.cursor_mm, kernel.ksm.cursor_address


def ksmd_skip(kernel: Kernel, times: int, turns: int, full_scans: int, period: int) -> None:
    """Count turns that would find everything as it was, without doing them; the clock is the caller's."""
    ksm = kernel.ksm
    kernel.own(ksm)
    ksm.full_scans += times * full_scans
    ksm.wake_at += times * period
    kernel.trace.emit(KsmQuiet(times * turns, times * full_scans))
