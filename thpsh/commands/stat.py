"""stat: what the last command changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.observe.counters import counters
from thpsh.render.report import Report, show

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print every counter that the command before moved."""
    before, now = call.session.before_last, counters(call.kernel, call.machine.vm_events)
    rows = [
        (name, before.get(name, 0), value, f"{value - before.get(name, 0):+d}")
        for name, value in sorted(now.items())
        if value != before.get(name, 0)
    ]
    notes = () if rows else ("nothing changed",)
    show(Report(("COUNTER", "BEFORE", "NOW", "CHANGE"), rows, notes), call.out, as_json=call.option("json"))


COMMAND = Command(
    name="stat",
    group="Views",
    summary="the counters that the last command changed",
    example="stat",
    arguments=json_argument,
    run=run,
)
