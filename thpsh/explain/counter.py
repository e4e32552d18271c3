"""What a counter counts, when it last moved, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thpsh.explain.counter_texts import EVENTS, GAUGES, MEMINFO, SINCE
from thpsh.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thpsh.observe.trace_buffer import TraceBuffer
    from thpsh.trace.event import Record

_FIELDS: Final = 6


@record(frozen=True)
class Counter:
    """A line of /proc/vmstat or /proc/meminfo explained."""

    name: str
    counts: str
    value: str
    gauge: bool
    moves: tuple[str, ...] = ()  # the last event that moved it, and what caused that, nearest first
    time: int | None = None  # of that event, nanoseconds since boot
    line: str = ""  # what was typed then, where that is known
    since: str = ""  # the first release that has it, where that is known


def names() -> list[str]:
    """All counters that can be explained."""
    return sorted((*EVENTS, *GAUGES, *MEMINFO))


def explain_counter(name: str, files: str, buffer: TraceBuffer, lines: Sequence[tuple[int, str]]) -> Counter | None:
    """All that is known of a counter; None if there is none of that name.

    `files` is the text of /proc/vmstat and of /proc/meminfo, `lines` what was typed, each with the number that the
    next record had then.
    """
    gauges = {**GAUGES, **MEMINFO}
    if name not in EVENTS and name not in gauges:
        return None
    rows = (line.partition(":" if ":" in line else " ") for line in files.splitlines())
    value = next((rest.strip() for first, _, rest in rows if first == name), "not in this kernel")
    since = next((release for start, release in SINCE if name.startswith(start)), "")
    if name in gauges:
        return Counter(name, gauges[name], value, gauge=True, since=since)
    last = next((each for each in reversed(buffer.records) if _counts(each, name)), None)
    if last is None:
        return Counter(name, EVENTS[name], value, gauge=False, since=since)
    typed = next((line for first, line in reversed(lines) if first <= last.number), "")
    return Counter(name, EVENTS[name], value, False, _chain(last, buffer), last.time, typed, since)


def _counts(record: Record, name: str) -> bool:
    return any(counter == name for counter, _ in record.event.counts())


def _chain(last: Record, buffer: TraceBuffer) -> tuple[str, ...]:
    """An event and its causes, in words."""
    found = [_words(last)]
    cause = last.cause
    while cause is not None:
        above = buffer.find(cause)
        if above is None:
            break
        found.append(_words(above))
        cause = above.cause
    return tuple(found)


def _words(record: Record) -> str:
    values = [(name, value) for name, value in record.event.values().items() if value != ""][:_FIELDS]
    return f"{record.event.tracepoint()} " + " ".join(f"{name}={_value(name, value)}" for name, value in values)


def _value(name: str, value: Any) -> str:
    if isinstance(value, int) and name in ("address", "start", "end", "pfn", "gfp"):
        return f"{value:#x}"
    if name == "addresses":
        return ",".join(f"mm{mm}:{address:#x}" for mm, address in value)
    return str(getattr(value, "value", value))
