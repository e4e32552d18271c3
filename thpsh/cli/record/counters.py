"""What the host counts: the lines of /proc/vmstat that recordings keep, and khugepaged's own."""

from __future__ import annotations

import contextlib
from typing import Final

from thpsh.cli.record.knobs import THP

KHUGEPAGED: Final = THP + "khugepaged/"
_KEPT: Final = (
    "thp_", "compact_", "pgmigrate_", "swap_ra", "pswp", "pgfault", "pgmajfault", "nr_anon_pages",
    "nr_anon_transparent_hugepages", "nr_mlock",
)  # fmt: skip


def read_number(path: str) -> int | None:
    """The number in a file; None where it cannot be read."""
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


class Counters:
    """How far the counters have moved since somebody last asked."""

    def __init__(self) -> None:
        self.watched: list[str] = []  # prefixes of more of them
        self._before = self._read()

    def since(self) -> dict[str, int]:
        """What has moved, and by how much."""
        now = self._read()
        moved = {name: now[name] - self._before[name] for name in now if name in self._before}
        self._before = now
        return {name: by for name, by in moved.items() if by}

    def _read(self) -> dict[str, int]:
        found = {}
        with contextlib.suppress(OSError), open("/proc/vmstat", encoding="ascii") as file:
            for line in file:
                name, _, value = line.partition(" ")
                if name.startswith((*_KEPT, *self.watched)):
                    found[name] = int(value)
        collapsed = read_number(KHUGEPAGED + "pages_collapsed")
        return found if collapsed is None else {**found, "pages_collapsed": collapsed}
