"""Letting simulated time pass, with a sign of life on a terminal where daemons have much to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.kthreads import pass_time

if TYPE_CHECKING:
    from thpsh.commands.call import Call

SHOWN_EVERY: Final = 500  # turns of daemons
_SECOND: Final = 10**9
_CLEAR: Final = "\r\x1b[K"


def let_pass(call: Call, nanoseconds: int) -> None:
    """Move the clock; daemons run when they are due. Ctrl-C stops it between two of their turns."""
    begin = call.kernel.clock.moment
    terminal = getattr(call.out, "isatty", lambda: False)()
    turns = 0

    def ticked(now: int) -> None:
        nonlocal turns
        turns += 1
        call.session.checkpoint()
        call.machine.timeline.sample(call.kernel)
        if terminal and turns % SHOWN_EVERY == 0:
            done = (now - begin) // _SECOND
            call.out.write(f"{_CLEAR}{done} of {nanoseconds // _SECOND} s, {turns} turns of daemons")

    try:
        pass_time(call.kernel, nanoseconds, ticked)
    finally:
        if terminal and turns >= SHOWN_EVERY:
            call.out.write(_CLEAR)
