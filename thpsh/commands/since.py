"""`--since MARK`: a place in the session's past."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import UsageError
from thpsh.structs.sizes import parse_duration

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def since_argument(parser: CommandParser) -> None:
    """The option of views that look back."""
    parser.add_argument("--since", metavar="MARK", help="a mark or snapshot by name, `mark` (the last), or 10s ago")


def number_since(call: Call) -> int:
    """The number of the first trace record since then; 0 without the option."""
    word = call.option("since")
    if word is None:
        return 0
    session = call.session
    if word in session.steps.snapshots:
        number: int = session.steps.snapshots[word].marks[0][2]
        return number
    if word in session.replay.marks:
        return session.replay.marks[word]
    if word == "mark" and session.replay.mark is not None:
        return session.replay.mark.record
    begin = call.kernel.clock.moment - _ago(call, word)
    return next((each.number for each in call.machine.trace.records if each.time >= begin), call.kernel.trace.number)


def time_since(call: Call) -> int:
    """The simulated time then, in nanoseconds since boot; 0 without the option."""
    word = call.option("since")
    if word is None:
        return 0
    if word in call.session.steps.snapshots:
        return call.session.steps.snapshots[word].time
    if word in call.session.replay.marks or word == "mark":
        number = number_since(call)
        return next((each.time for each in call.machine.trace.records if each.number >= number), call.kernel.clock.now)
    return max(0, call.kernel.clock.moment - _ago(call, word))


def _ago(call: Call, word: str) -> int:
    try:
        return parse_duration(word)
    except UsageError:
        known = [*call.session.replay.marks, *call.session.steps.snapshots]
        there = f"; there are {', '.join(known)}" if known else ""
        raise UsageError(f"--since {word}: expected a mark, a snapshot, or a duration like 10s{there}") from None
