"""The khugepaged thread: when it runs and when it sleeps (mm/huge_memory.c: start_khugepaged, khugepaged_loop)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.huge_memory.mm_slot import collect_mm_slot, khugepaged_has_work
from thpsh.mm.kthread import kthread_run, kthread_stop
from thpsh.mm.watermark import set_recommended_min_free_kbytes
from thpsh.structs.khugepaged import Nap
from thpsh.trace.events.huge_memory import KhugepagedQuiet, KhugepagedRound, ThpCollapseAlloc, ThpCollapseAllocFailed

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel

NAME: Final = "khugepaged"
NICE: Final = 19
_MILLISECOND: Final = 10**6


def start_khugepaged(kernel: Kernel) -> None:
    """Start, wake or stop the thread as `enabled` says; enabling also raises min_free_kbytes."""
    daemon = kernel.khugepaged
    kernel.own(daemon)
    if not kernel.thp.enabled:
        _stop(kernel)
        return
    if kernel.features.khugepaged and not daemon.running:
        daemon.running = True
        daemon.failed_allocation = False
        at_once = daemon.first_mm is not None or not kernel.build.numa  # without NUMA it first takes a huge page
        daemon.nap = Nap.SCAN if at_once else Nap.IDLE
        daemon.wake_at = kernel.clock.moment
        kthread_run(kernel, NAME, nice=NICE)
    if daemon.first_mm is not None:
        daemon.woken = True
    set_recommended_min_free_kbytes(kernel)


def _stop(kernel: Kernel) -> None:
    """The thread wakes, finds itself unwanted and ends; the next one begins at the head of the list."""
    daemon = kernel.khugepaged
    if not daemon.running:
        return
    if daemon.nap is Nap.ALLOC and not kernel.build.numa and not kernel.features.collapse_alloc_counted_once:
        kernel.trace.emit(ThpCollapseAllocFailed(0, 0))  # #2: the failure it slept for is counted again
    daemon.running = daemon.woken = False
    daemon.nap = Nap.NONE
    mm, daemon.cursor_mm = daemon.cursor_mm, None
    daemon.cursor_address = 0
    if mm is not None:
        collect_mm_slot(kernel, mm)
    kthread_stop(kernel, NAME)


def khugepaged_due(kernel: Kernel) -> int | None:
    """When the thread runs next, in nanoseconds since boot; None while it waits for something to happen."""
    daemon = kernel.khugepaged
    if not daemon.running or daemon.nap is Nap.FROZEN:
        return None
    if daemon.nap is Nap.IDLE:  # whatever wakes it, it sleeps on as long as nobody is registered
        return kernel.clock.moment if daemon.first_mm is not None else None
    return kernel.clock.moment if daemon.woken else daemon.wake_at


def khugepaged_run(kernel: Kernel) -> None:
    """What the thread does from one sleep to the next (khugepaged_loop)."""
    from thpsh.mm.huge_memory.collapse import alloc_hugepage  # not before somebody is registered
    from thpsh.mm.huge_memory.scan import khugepaged_do_scan

    daemon = kernel.khugepaged
    kernel.own(daemon)
    daemon.woken = daemon.quiet = False
    rested, daemon.nap = daemon.nap is Nap.ALLOC, Nap.NONE
    if kernel.build.numa:
        if daemon.failed_allocation and not rested:
            _sleep(kernel, Nap.ALLOC, daemon.alloc_sleep_millisecs)
            return
        daemon.failed_allocation = False
    else:
        daemon.spare = alloc_hugepage(kernel, None, 0, None)
        if daemon.spare is None:
            _sleep(kernel, Nap.ALLOC, daemon.alloc_sleep_millisecs)
            return
        if not kernel.features.collapse_alloc_counted_once:
            kernel.trace.emit(ThpCollapseAlloc(0, 0, daemon.spare.start_pfn, daemon.spare.zone.node))
    with kernel.trace.cause(KhugepagedRound(daemon.full_scans)):
        khugepaged_do_scan(kernel)
    if daemon.spare is not None:
        from thpsh.mm.huge_memory.collapse_failed import free_spare

        daemon.quiet = False
        free_spare(kernel)
    if khugepaged_has_work(kernel):
        _sleep(kernel, Nap.SCAN, daemon.scan_sleep_millisecs)
    else:
        daemon.nap = Nap.IDLE


def _sleep(kernel: Kernel, nap: Nap, milliseconds: int) -> None:
    daemon = kernel.khugepaged
    daemon.nap = nap
    daemon.wake_at = kernel.clock.moment + milliseconds * _MILLISECOND


def khugepaged_place(kernel: Kernel) -> tuple[object, ...]:
    """All that decides what the next round does on a host where nothing else happens."""
    daemon = kernel.khugepaged
    return daemon.cursor_mm, daemon.cursor_address, daemon.nap, daemon.failed_allocation


def khugepaged_skip(kernel: Kernel, times: int, rounds: int, full_scans: int, period: int) -> None:
    """Count rounds that would find everything as it was, without doing them; the clock is the caller's.

    `times` repetitions of a stretch of `rounds` rounds that took `period` nanoseconds and ended `full_scans` passes.
    """
    daemon = kernel.khugepaged
    kernel.own(daemon)
    daemon.full_scans += times * full_scans
    daemon.wake_at += times * period
    kernel.trace.emit(KhugepagedQuiet(times * rounds, times * full_scans))
