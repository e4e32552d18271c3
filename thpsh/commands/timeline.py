"""timeline: memory by kind over simulated time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command, json_argument
from thpsh.commands.since import since_argument, time_since
from thpsh.render.columns import width_of
from thpsh.render.timeline import chart, columns_by_step, columns_by_time
from thpsh.structs.sizes import format_size

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.observe.timeline import Sample

_KINDS: Final = (
    ("#", "huge", "anonymous, huge pages"),
    ("o", "small", "anonymous, small pages"),
    ("c", "cache", "page cache"),
    (":", "other", "the kernel's own"),
)
_MARGIN: Final = 8


def _arguments(parser: CommandParser) -> None:
    since_argument(parser)
    parser.add_argument("--steps", action="store_true", help="one column for each change, however long it held")
    json_argument(parser)


def run(call: Call) -> None:
    """Draw the chart, or print the samples."""
    first = time_since(call)
    samples = [sample for sample in call.machine.timeline.samples if sample.time >= first]
    if call.option("json"):
        call.print(json.dumps([sample._asdict() for sample in samples], indent=2))
        return
    if not samples:
        call.print("nothing has changed since then")
        return
    width = width_of(call.out) - _MARGIN
    times = [sample.time for sample in samples]
    steps = call.option("steps") or times[0] == times[-1]
    places = columns_by_step(len(samples), width) if steps else columns_by_time(times, width)
    stacks = [[(letter, getattr(samples[place], name)) for letter, name, _ in _KINDS] for place in places]
    total = call.kernel.totals.total_pages
    for line in chart(stacks, (samples[places[0]].time, times[-1]), total, width):
        call.print(line)
    _legend(call, samples[-1])


def _legend(call: Call, last: Sample) -> None:
    """What the letters stand for, and how much there is now."""
    parts = [f"{letter} {text} {format_size(getattr(last, name) << 12)}" for letter, name, text in _KINDS]
    call.print(", ".join(parts[:2]) + ",")
    call.print(", ".join(parts[2:]) + f"; free {format_size(last.free << 12)}")
    if last.swap:
        call.print(f"in swap: {format_size(last.swap << 12)}")


COMMAND = Command(
    name="timeline",
    group="Views",
    summary="memory by kind over simulated time, as a chart",
    example="timeline",
    arguments=_arguments,
    run=run,
    details="A sample is taken after each command and each turn of a daemon that changed\n"
    "something; of more than 1024 every second one is dropped.",
)
