"""Daemons and time: who runs when the clock moves (decisions.md §13).

A daemon says when it is due; nobody polls. When a stretch of khugepaged's rounds has come back to where it began and
changed nothing, the same stretches up to the next event are added at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.mm.freezer import freezable
from thpsh.mm.huge_memory.khugepaged import khugepaged_due, khugepaged_place, khugepaged_run, khugepaged_skip
from thpsh.mm.ksm.daemon import ksmd_due, ksmd_run
from thpsh.mm.kswapd import kswapd_wanted, run_wanted
from thpsh.record import field, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.structs.kernel import Kernel


class Daemon(NamedTuple):
    """A kernel thread that runs by itself."""

    name: str
    due: Callable[[Kernel], int | None]  # when it runs next, in nanoseconds since boot
    run: Callable[[Kernel], None]  # one turn, from one sleep to the next


def _kswapd_due(kernel: Kernel) -> int | None:
    """At once, when somebody woke it."""
    return kernel.clock.now if kswapd_wanted(kernel) else None


KHUGEPAGED: Final = Daemon("khugepaged", khugepaged_due, khugepaged_run)
KSMD: Final = Daemon("ksmd", ksmd_due, ksmd_run)
KSWAPD: Final = Daemon("kswapd", _kswapd_due, run_wanted)
DAEMONS: Final[tuple[Daemon, ...]] = (KSWAPD, KHUGEPAGED, KSMD)


class _Turn(NamedTuple):
    """Where a quiet stretch of rounds began."""

    time: int
    rounds: int
    full_scans: int


@record
class _Quiet:
    """The rounds since something last changed, by the place from which each went on."""

    rounds: int = 0
    seen: dict[tuple[object, ...], _Turn] = field(default_factory=dict)


def next_daemon(kernel: Kernel) -> tuple[int, Daemon] | None:
    """The daemon that runs next and when; the first of the table among equals."""
    frozen = kernel.totals.frozen
    due = [
        (when, place)
        for place, daemon in enumerate(DAEMONS)
        if not (frozen and freezable(kernel, daemon.name)) and (when := daemon.due(kernel)) is not None
    ]
    if not due:
        return None
    when, place = min(due)
    return when, DAEMONS[place]


def run_due(kernel: Kernel) -> None:
    """Run the daemons that are due now; what they cost moves the clock, too."""
    limit = kernel.clock.now
    while (found := next_daemon(kernel)) is not None and found[0] <= limit:
        _turn(kernel, found[1])


def pass_time(kernel: Kernel, nanoseconds: int, ticked: Callable[[int], None] | None = None) -> None:
    """Let time pass; daemons run exactly when they are due. `ticked` hears the time after every turn of a daemon.

    What the running command has spent so far counts as passed first.
    """
    clock = kernel.clock
    clock.now += clock.spent
    clock.spent = 0
    end = clock.now + nanoseconds
    quiet = _Quiet()
    while (found := next_daemon(kernel)) is not None and found[0] <= end:
        when, daemon = found
        clock.now = max(clock.now, when)
        _turn(kernel, daemon)
        if daemon is KHUGEPAGED and kernel.khugepaged.quiet:
            _repeat(kernel, quiet, end)
        else:
            quiet = _Quiet()
        if ticked is not None:
            ticked(clock.now)
    clock.now = max(clock.now, end)


def _turn(kernel: Kernel, daemon: Daemon) -> None:
    clock = kernel.clock
    daemon.run(kernel)
    clock.now += clock.spent
    clock.spent = 0


def _repeat(kernel: Kernel, quiet: _Quiet, end: int) -> None:
    """Skip as many repetitions of a quiet stretch as end before anything else happens."""
    clock, daemon = kernel.clock, kernel.khugepaged
    quiet.rounds += 1
    place = khugepaged_place(kernel)
    before = quiet.seen.get(place)
    quiet.seen[place] = _Turn(clock.now, quiet.rounds, daemon.full_scans)
    if before is None:
        return
    others = [when for other in DAEMONS if other is not KHUGEPAGED and (when := other.due(kernel)) is not None]
    period = clock.now - before.time
    times = (min([end, *others]) - clock.now) // period if period else 0
    if times > 0:
        stretch = (quiet.rounds - before.rounds, daemon.full_scans - before.full_scans, period)
        clock.now += times * period
        khugepaged_skip(kernel, times, *stretch)
        quiet.seen.clear()
