"""Reads /proc/PID/smaps as the recorder does."""

from __future__ import annotations

import re
from typing import Final

from thpsh.oracle.outcome import SMAPS
from thpsh.record import field, record

_HEAD: Final = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S+)")


@record(frozen=True)
class SmapsEntry:
    """One VMA of the file."""

    start: int
    end: int
    perms: str
    fields: dict[str, int] = field(default_factory=dict)  # kB, without what is zero


def parse_smaps(text: str) -> list[SmapsEntry]:
    """The VMAs of a process; lines that recordings do not keep are left out."""
    entries: list[SmapsEntry] = []
    for line in text.splitlines():
        head = _HEAD.match(line)
        if head is not None:
            entries.append(SmapsEntry(int(head[1], 16), int(head[2], 16), head[3]))
            continue
        name, _, value = line.partition(":")
        if name in SMAPS and entries:
            kb = int(value.split()[0])
            if kb:
                entries[-1].fields[name] = kb
    return entries
