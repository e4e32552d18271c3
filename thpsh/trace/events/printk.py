"""What the kernel writes to its log."""

from __future__ import annotations

from thpsh.record import record
from thpsh.trace.event import Event


@record(frozen=True)
class Printk(Event):
    """Lines of the kernel log, separated by newlines."""

    text: str
