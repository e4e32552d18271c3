"""Counts of resident pages lag behind by up to 65 small faults (mm/memory.c: check_sync_rss_stat, sync_mm_rss).

A task keeps what its faults add and hands it in now and then (SPLIT_RSS_COUNTING). The model's counts are exact; what
the kernel would not have added yet is subtracted where /proc and the OOM killer look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm

PERIOD: Final = 66
"""The fault that finds more than 64 others since the last time adds them, and is the first of the next lot."""


def check_sync_rss_stat(kernel: Kernel, mm: Mm, faults: int, anon: int = 0, file: int = 0, swap: int = 0) -> None:
    """Note faults, and how many small pages they added to the counts by inc_mm_counter_fast; `swap` came from there."""
    kernel.own(mm)
    left = PERIOD - mm.rss_events
    if faults < left:
        mm.rss_events += faults
        mm.lag_anon += anon
        mm.lag_file += file
        mm.lag_swap += swap
        return
    mm.rss_events = (faults - left) % PERIOD
    kept = mm.rss_events + 1
    mm.lag_anon, mm.lag_file = anon * kept // faults, file * kept // faults
    mm.lag_swap = swap * kept // faults


def sync_mm_rss(kernel: Kernel, mm: Mm) -> None:
    """Add what was kept: before page-table entries are unmapped."""
    if mm.rss_events or mm.lag_anon or mm.lag_file or mm.lag_swap:
        kernel.own(mm)
        mm.rss_events = mm.lag_anon = mm.lag_file = mm.lag_swap = 0


def update_hiwater_rss(kernel: Kernel, mm: Mm) -> None:
    """Note the highest resident size before pages are unmapped."""
    if mm.hiwater_rss < mm.seen_rss:
        kernel.own(mm)
        mm.hiwater_rss = mm.seen_rss
