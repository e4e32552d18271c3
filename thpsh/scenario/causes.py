"""Causes: the last events that changed the value an expectation looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from thpsh.scenario.session import Session
    from thpsh.trace.event import Record

SHOWN: Final = 3
_NS_PER_S: Final = 10**9
_NS_PER_US: Final = 10**3

# Words in the name of a value, and words in the names of the events that move it; the first line that fits counts.
_MOVERS: Final = (
    (("slots",), ("fault", "thp_fault", "thp_split", "zap", "unmap", "mm_collapse")),
    (("thp_", "anon_transparent", "anonhuge", "collapse"), ("thp", "zap", "mm_collapse")),
    (("pgfault", "minflt", "majflt"), ("fault",)),
    (("free", "buddy", "nr_free", "node"), ("mm_page",)),
    (
        ("anon", "rss", "active", "mlock", "unevict", "pss", "dirty"),
        ("fault", "zap", "unmap", "cow", "copy", "thp_split", "mm_collapse"),
    ),
    (("committed", "vmsize", "maps", "vsize", "vmdata"), ("map", "brk", "vma")),
    (("ps",), ("exit", "kill", "fork", "signal", "exec", "oom")),
)


def events_behind(session: Session, words: tuple[str, ...]) -> tuple[str, ...]:
    """The last events that moved a value, oldest first, as `trace show` would print them."""
    wanted = words[-1].rstrip(":").lower()
    chosen: list[Record] = []
    for record in reversed(session.machine.trace.records):
        if _moves(record, wanted, words):
            chosen.append(record)
            if len(chosen) == SHOWN:
                break
    return tuple(event_line(record) for record in reversed(chosen))


def _moves(record: Record, wanted: str, words: tuple[str, ...]) -> bool:
    """Did this event change the value?"""
    event = record.event
    name = event.tracepoint()
    if words[0] == "trace":
        return name == words[1]
    counted = {counter for counter, _ in event.counts()}
    if wanted in counted or name == wanted:
        return True
    if words[0] == "/proc/vmstat" and not wanted.startswith("nr_"):
        return False
    subject = f"{words[0]} {wanted}".lower() if not words[0].startswith("/") else wanted
    for value_parts, event_parts in _MOVERS:
        if any(part in subject for part in value_parts):
            return any(part in name for part in event_parts)
    return False


def event_line(record: Record) -> str:
    """One event: time, name, fields."""
    seconds, rest = divmod(record.time, _NS_PER_S)
    fields = " ".join(f"{name}={shown(name, value)}" for name, value in record.event.values().items())
    return f"[{seconds:5d}.{rest // _NS_PER_US:06d}] {record.event.tracepoint()} {fields}".rstrip()


def shown(name: str, value: object) -> str:
    """A field of an event: addresses and frames in hexadecimal, reasons in words."""
    if name == "addresses" and isinstance(value, tuple):
        return ",".join(f"mm{number}:{address:#x}" for number, address in value)
    if isinstance(value, int) and name in ("address", "start", "end", "pfn", "gfp"):
        return f"{value:#x}"
    return str(getattr(value, "value", value)).replace("\n", " / ")
