"""Dmesg: the kernel log (kernel/printk.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.record import field, record
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.trace.event import Record

_NS_PER_S: Final = 10**9
_NS_PER_US: Final = 10**3


@record
class Dmesg:
    """The lines of the log with the time of each in nanoseconds."""

    lines: list[tuple[int, str]] = field(default_factory=list)

    def heard(self, record: Record) -> None:
        """Keep what was printed."""
        if isinstance(record.event, Printk):
            self.lines += [(record.time, line) for line in record.event.text.split("\n")]

    def mark(self) -> tuple[int, list[tuple[int, str]]]:
        """How far the log goes, and what comes after: nothing."""
        return len(self.lines), []

    def exchange(self, mark: tuple[int, list[tuple[int, str]]]) -> tuple[int, list[tuple[int, str]]]:
        """Cut the log at a mark and go on as the mark says; returns the mark that takes this back."""
        length, rest = mark
        cut = self.lines[length:]
        self.lines[length:] = rest
        return length, cut

    def text(self) -> str:
        """The log as dmesg prints it."""
        return "".join(f"[{ns // _NS_PER_S:5d}.{ns % _NS_PER_S // _NS_PER_US:06d}] {line}\n" for ns, line in self.lines)
