"""What the kernel writes to its log."""

from __future__ import annotations

from dataclasses import dataclass

from thpsh.trace.event import Event


@dataclass(frozen=True, slots=True)
class Printk(Event):
    """Lines of the kernel log, separated by newlines."""

    text: str
