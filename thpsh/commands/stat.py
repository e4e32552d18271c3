"""stat: what changed since the last look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.render.report import Report, show

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print every counter that moved since `stat` was used last, or since boot."""
    session = call.session
    now = dict(call.machine.vm_events.counts)
    for zone in call.kernel.zones:
        for name in ("nr_anon_pages", "nr_anon_transparent_hugepages", "nr_page_table_pages", "nr_mlock", "nr_shmem"):
            now[name] = now.get(name, 0) + getattr(zone.stat, name)
    now["nr_free_pages"] = sum(zone.free for zone in call.kernel.zones)
    rows = [
        (name, session.noted.get(name, 0), value, f"{value - session.noted.get(name, 0):+d}")
        for name, value in sorted(now.items())
        if value != session.noted.get(name, 0)
    ]
    session.noted = now
    notes = () if rows else ("nothing changed",)
    show(Report(("COUNTER", "BEFORE", "NOW", "CHANGE"), rows, notes), call.out, as_json=call.option("json"))


COMMAND = Command(
    name="stat",
    group="Views",
    summary="the counters that changed since the last `stat`",
    example="stat",
    arguments=json_argument,
    run=run,
)
