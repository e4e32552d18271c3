"""The khugepaged thread: whether it runs (mm/huge_memory.c: start_khugepaged)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.kthread import kthread_run, kthread_stop
from thpsh.mm.watermark import set_recommended_min_free_kbytes
from thpsh.structs.khugepaged import Nap

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel

NAME: Final = "khugepaged"
NICE: Final = 19


def start_khugepaged(kernel: Kernel) -> None:
    """Start, wake or stop the thread as `enabled` says; enabling also raises min_free_kbytes."""
    daemon = kernel.khugepaged
    kernel.own(daemon)
    if not kernel.thp.enabled:
        daemon.woken = True  # it wakes, finds itself unwanted and ends
        daemon.running = False
        daemon.nap = Nap.NONE
        kthread_stop(kernel, NAME)
        return
    if kernel.features.khugepaged and not daemon.running:
        daemon.running = True
        daemon.nap = Nap.SCAN if daemon.mms else Nap.IDLE
        daemon.wake_at = kernel.clock.moment
        kthread_run(kernel, NAME, nice=NICE)
    if daemon.mms:
        daemon.woken = True
    set_recommended_min_free_kbytes(kernel)
