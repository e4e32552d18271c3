"""Daemons and time: who runs when the clock moves (decisions.md §13).

A daemon says when it is due; nobody polls. When a stretch of a scanning daemon's turns has come back to where it began
and changed nothing, the same stretches up to the next event are added at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.mm.freezer import freezable
from thpsh.mm.huge_memory.khugepaged import khugepaged_due, khugepaged_place, khugepaged_run, khugepaged_skip
from thpsh.mm.ksm.daemon import ksmd_due, ksmd_place, ksmd_run, ksmd_skip
from thpsh.record import field, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.structs.kernel import Kernel


class Scanner(NamedTuple):
    """What makes it possible to add turns of a daemon that would find everything as it was, without doing them."""

    quiet: Callable[[Kernel], bool]  # did its last turn change nothing but its cursor and full_scans?
    place: Callable[[Kernel], tuple[object, ...]]  # all that decides what the next turn does
    full_scans: Callable[[Kernel], int]
    skip: Callable[[Kernel, int, int, int, int], None]  # times, turns, full scans and nanoseconds of a stretch


class Daemon(NamedTuple):
    """A kernel thread that runs by itself."""

    name: str
    due: Callable[[Kernel], int | None]  # when it runs next, in nanoseconds since boot
    run: Callable[[Kernel], None]  # one turn, from one sleep to the next
    scanner: Scanner | None = None


def _kswapd_due(kernel: Kernel) -> int | None:
    """At once, when somebody woke it; else when a short sleep ends."""
    if any(node.kswapd.wanted for node in kernel.nodes):
        return kernel.clock.now
    return min((node.kswapd.nap for node in kernel.nodes if node.kswapd.nap), default=None)


def _kswapd_run(kernel: Kernel) -> None:
    from thpsh.mm.kswapd import run_due as run_kswapd  # loads reclaim: only a host short of memory pays for it

    run_kswapd(kernel)


KHUGEPAGED: Final = Daemon(
    "khugepaged",
    khugepaged_due,
    khugepaged_run,
    Scanner(
        lambda kernel: kernel.khugepaged.quiet,
        khugepaged_place,
        lambda kernel: kernel.khugepaged.full_scans,
        khugepaged_skip,
    ),
)
KSMD: Final = Daemon(
    "ksmd",
    ksmd_due,
    ksmd_run,
    Scanner(lambda kernel: kernel.ksm.quiet, ksmd_place, lambda kernel: kernel.ksm.full_scans, ksmd_skip),
)
KSWAPD: Final = Daemon("kswapd", _kswapd_due, _kswapd_run)
DAEMONS: Final[tuple[Daemon, ...]] = (KSWAPD, KHUGEPAGED, KSMD)


class _Turn(NamedTuple):
    """Where a quiet stretch of turns began, or, as a difference, how long it is."""

    time: int
    turns: int
    full_scans: int


@record
class _Quiet:
    """The turns of one daemon since something last changed, by the place from which each went on."""

    turns: int = 0
    seen: dict[tuple[object, ...], _Turn] = field(default_factory=dict)
    stretch: _Turn | None = None  # one that came back to where it began


def _due(kernel: Kernel) -> list[tuple[Daemon, int]]:
    """The daemons that will run by themselves, and when."""
    frozen = kernel.totals.frozen
    awake = (daemon for daemon in DAEMONS if not (frozen and freezable(kernel, daemon.name)))
    return [(daemon, when) for daemon in awake if (when := daemon.due(kernel)) is not None]


def next_daemon(kernel: Kernel) -> tuple[int, Daemon] | None:
    """The daemon that runs next and when; the first of the table among equals."""
    due = [(when, DAEMONS.index(daemon)) for daemon, when in _due(kernel)]
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
    quiet: dict[str, _Quiet] = {}
    while (found := next_daemon(kernel)) is not None and found[0] <= end:
        when, daemon = found
        clock.now = max(clock.now, when)
        _turn(kernel, daemon)
        if daemon.scanner is not None and daemon.scanner.quiet(kernel):
            _note(kernel, daemon.scanner, quiet.setdefault(daemon.name, _Quiet()))
            _repeat(kernel, quiet, end)
        else:
            quiet.clear()
        if ticked is not None:
            ticked(clock.now)
    clock.now = max(clock.now, end)


def _turn(kernel: Kernel, daemon: Daemon) -> None:
    clock = kernel.clock
    daemon.run(kernel)
    clock.now += clock.spent
    clock.spent = 0


def _note(kernel: Kernel, scanner: Scanner, quiet: _Quiet) -> None:
    """Remember a turn that changed nothing, and how long ago the daemon stood at the same place."""
    quiet.turns += 1
    turn = _Turn(kernel.clock.now, quiet.turns, scanner.full_scans(kernel))
    place = scanner.place(kernel)
    before = quiet.seen.get(place)
    quiet.seen[place] = turn
    if before is not None and turn.time > before.time:
        quiet.stretch = _Turn(*(now - then for now, then in zip(turn, before, strict=True)))


def _repeat(kernel: Kernel, quiet: dict[str, _Quiet], end: int) -> None:
    """Skip as many repetitions of quiet stretches as end before anything else happens.

    Daemons that change nothing do not disturb each other, so each repeats its own stretch.
    """
    due = _due(kernel)
    limit = min([end, *(when for daemon, when in due if daemon.name not in quiet or not quiet[daemon.name].stretch)])
    for daemon, when in due:
        found = quiet.get(daemon.name)
        if daemon.scanner is None or found is None or found.stretch is None:
            continue
        period, turns, full_scans = found.stretch
        times = (limit - max(when, kernel.clock.now)) // period
        if times > 0:
            daemon.scanner.skip(kernel, times, turns, full_scans, period)
            found.seen.clear()
            found.stretch = None
