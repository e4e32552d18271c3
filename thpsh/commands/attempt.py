"""Lines typed at the host on trial: what they do is looked at, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import ThpshError
from thpsh.explain.remedy import Outcome
from thpsh.line.environment import Capture
from thpsh.machine.attempt import attempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.commands.session import Session


def try_lines(session: Session, lines: tuple[str, ...], look: Callable[[], bool]) -> Outcome:
    """What lines would do: whether they work, at what cost. The host and the session are as before afterwards.

    A line that fails does not stop the others.
    """
    counted, failed = (session.before_last, session.before), (session.failure, dict(session.failed_with))
    kernel = session.machine.kernel

    def act() -> Outcome:
        started, free = kernel.clock.moment, sum(zone.free for zone in kernel.zones)
        out = Capture()
        statuses = [session.interpreter.run(line, out, out) for line in lines]
        used = free - sum(zone.free for zone in kernel.zones)
        return Outcome(look(), kernel.clock.moment - started, used, clean=not any(statuses))

    try:
        return attempt(session.steps, (session.machine, session.spec), act)
    except ThpshError:
        return Outcome(huge=False)
    finally:
        (session.before_last, session.before), (session.failure, session.failed_with) = counted, failed
