"""Lines that may fill the kernel log come ten at most in five seconds (lib/ratelimit.c: ___ratelimit)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel

INTERVAL: Final = 5_000_000_000
BURST: Final = 10


def printk_ratelimit(kernel: Kernel, site: str) -> bool:
    """May something more be printed? The first call after the interval says how many could not."""
    totals = kernel.totals
    kernel.own(totals)
    now = kernel.clock.moment
    totals.ratelimit_begin = totals.ratelimit_begin or now
    if now > totals.ratelimit_begin + INTERVAL:
        if totals.ratelimit_missed:
            kernel.trace.emit(Printk(f"{site}: {totals.ratelimit_missed} callbacks suppressed"))
        totals.ratelimit_begin = totals.ratelimit_printed = totals.ratelimit_missed = 0
    if totals.ratelimit_printed < BURST:
        totals.ratelimit_printed += 1
        return True
    totals.ratelimit_missed += 1
    return False
