"""timeline: memory by kind over simulated time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command, json_argument
from thpsh.commands.since import since_argument, time_since
from thpsh.commands.words import find_task, mm_of
from thpsh.errors import UsageError
from thpsh.render.columns import width_of
from thpsh.render.timeline import ceiling, chart, columns_by_step, columns_by_time
from thpsh.structs.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.observe.process_timeline import ProcessSample
    from thpsh.observe.timeline import Sample

_KINDS: Final = (
    ("#", "huge", "anonymous, huge pages"),
    ("o", "small", "anonymous, small pages"),
    ("c", "cache", "page cache"),
    (":", "other", "the kernel's own"),
)
_OF_PROCESS: Final = (
    ("#", "huge", "anonymous, huge pages"),
    ("o", "small", "anonymous, small pages"),
    ("c", "file", "files and shared memory"),
    ("T", "hugetlb", "hugetlbfs"),
)
_MARGIN: Final = 8


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("--proc", metavar="PROC", help="the memory of a process instead, also of one that has ended")
    since_argument(parser)
    parser.add_argument("--steps", action="store_true", help="one column for each change, however long it held")
    json_argument(parser)


def run(call: Call) -> None:
    """Draw the chart, or print the samples."""
    word = call.option("proc")
    samples: Sequence[Sample | ProcessSample] = (
        call.machine.timeline.samples if word is None else _of_process(call, word)
    )
    first = time_since(call)
    samples = [sample for sample in samples if sample.time >= first]
    if call.option("json"):
        call.print(json.dumps([sample._asdict() for sample in samples], indent=2))
    elif not samples:
        call.print("nothing has changed since then")
    elif word is None:
        _draw(call, samples, _KINDS, call.kernel.totals.total_pages)
    else:
        _draw(call, samples, _OF_PROCESS, ceiling(max(_present(sample) for sample in samples)))


def _of_process(call: Call, word: str) -> list[ProcessSample]:
    """The samples of a process; refused where there never was one, or it has no memory."""
    line, now = call.machine.timeline.processes, call.kernel.clock.now
    line.look(call.kernel)
    samples = line.of(word)
    if not samples:
        mm_of(find_task(call.kernel, word))
        raise UsageError(f"--proc {word}: expected a process that has had memory")
    drawn_by_time = not (call.option("steps") or call.option("json"))
    return [*samples, samples[-1]._replace(time=now)] if drawn_by_time else samples


def _present(sample: Sample | ProcessSample) -> int:
    """Pages of a process in memory."""
    return sum(getattr(sample, name) for _, name, _ in _OF_PROCESS)


def _draw(
    call: Call, samples: Sequence[Sample | ProcessSample], kinds: Sequence[tuple[str, str, str]], total: int
) -> None:
    """The chart, what its letters stand for, and how much there is now."""
    width = width_of(call.out) - _MARGIN
    times = [sample.time for sample in samples]
    steps = call.option("steps") or times[0] == times[-1]
    places = columns_by_step(len(samples), width) if steps else columns_by_time(times, width)
    stacks = [[(letter, getattr(samples[place], name)) for letter, name, _ in kinds] for place in places]
    for line in chart(stacks, (samples[places[0]].time, times[-1]), total, width):
        call.print(line)
    last = samples[-1]
    parts = [f"{letter} {text} {format_size(getattr(last, name) << 12)}" for letter, name, text in kinds]
    free = getattr(last, "free", None)
    call.print(", ".join(parts[:2]) + ",")
    call.print(", ".join(parts[2:]) + ("" if free is None else f"; free {format_size(free << 12)}"))
    if last.swap:
        call.print(f"in swap: {format_size(last.swap << 12)}")


COMMAND = Command(
    name="timeline",
    group="Views",
    summary="memory by kind over simulated time, as a chart",
    example="timeline; timeline --proc app",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc"},
    details="A sample is taken after each command and each turn of a daemon that changed\n"
    "something; of more than 1024 every second one is dropped. With --proc the chart\n"
    "is as high as what that process has had in memory.",
)
