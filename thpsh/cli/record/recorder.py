"""The recorder: who lives, what is mapped where, and what is written down after each operation."""

from __future__ import annotations

import json
import os
import platform
import time
from typing import TYPE_CHECKING, Any, Final

from thpsh.cli.record.child import keep_small
from thpsh.cli.record.counters import Counters
from thpsh.cli.record.knobs import THP, Knobs
from thpsh.cli.record.observer import Eyes
from thpsh.cli.record.operations import WAKE_KNOB, Skipped, do, window
from thpsh.cli.record.process import Dead, Process, Silent, start
from thpsh.oracle.recording import NOT_LOOKED
from thpsh.oracle.words import Refused, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

KNOBS: Final = (
    "enabled", "defrag", "use_zero_page", "shmem_enabled", "shrink_underused", "khugepaged/defrag",
    "khugepaged/pages_to_scan", "khugepaged/max_ptes_none", "khugepaged/max_ptes_swap", "khugepaged/max_ptes_shared",
    "khugepaged/alloc_sleep_millisecs",
)  # fmt: skip
TIME_LIMIT: Final = 300.0  # seconds for a script
_KEEPER: Final = "(keeper)"
_HUGE: Final = 2 << 20
_HINT: Final = 14


class HostRecorder:
    """Runs operations on this host; `end` leaves it as it was."""

    def __init__(self, knobs: Knobs, *, prelude: bool) -> None:
        keep_small()
        self.knobs = knobs
        self.processes: dict[str, Process] = {}
        self._windows = 0
        self._printed: dict[tuple[str, str], str] = {}
        self._until = time.monotonic() + TIME_LIMIT
        self._eyes = Eyes()
        self._keeper: Process | None = None
        self._prelude = prelude
        if prelude:
            self._quieten()
        self.counters = Counters()

    def _quieten(self) -> None:
        """A known policy, khugepaged asleep, and a process on its list that has nothing to offer."""
        self.knobs.write(THP + "enabled", b"madvise")
        self._keeper = start(_KEEPER)
        place = window(0)
        self._keeper.ask("mmap", place, 2 * _HUGE, 3, "private")
        self._keeper.ask("madvise", place, 2 * _HUGE, _HINT)
        self._keeper.ask("touch", place, 1, True, 1)
        self._keeper.ask("munmap", place, 2 * _HUGE)
        self.knobs.write(WAKE_KNOB, b"600000")

    def head(self, case: str) -> dict[str, Any]:
        """What a recording says before its operations."""
        return {
            "case": case,
            "kernel": platform.release(),
            "runs": 1,
            "pagemap": 1,
            "pmd_scan": int(self._eyes.scan),
            "knobs": {name: text for name in KNOBS if (text := _text(THP + name)) is not None},
            "machine": {
                "MemTotal_kB": memory("MemTotal") >> 10,
                "nodes": 1,
                "cpus": os.cpu_count() or 1,
            },
            "unread": self._eyes.unread(),
            "khugepaged": "asleep" if self._prelude else "as the host has it",
        }

    def run(self, lines: Iterable[str]) -> list[dict[str, Any]]:
        """All operations with what they did."""
        return [{"i": index, "op": line, **self._one(Words(line))} for index, line in enumerate(lines)]

    def _one(self, words: Words) -> dict[str, Any]:
        """One operation, and what the host looks like after it."""
        if time.monotonic() > self._until:
            return {"skipped": f"{TIME_LIMIT:.0f} s are over"}
        try:
            found = do(self, words)
        except Skipped as reason:
            return {"skipped": str(reason)}
        except Dead as error:
            self._bury(str(error))
            found = {"ret": "KILLED"}
        except Silent as reason:
            self._bury(words[1])
            return {"skipped": str(reason)}
        died = [process for process in self.processes.values() if not process.alive()]
        for process in died:
            self.forget(process).bury()
        if died:
            found["died"] = [process.name for process in died]
        quiet = words.name == "write" and any(part in words[1] for part in NOT_LOOKED)
        return found if quiet else {**found, **self._looked()}

    def _looked(self) -> dict[str, Any]:
        """Counters that moved, and the regions that changed."""
        found: dict[str, Any] = {}
        moved = self.counters.since()
        if moved:
            found["vmstat"] = moved
        maps = []
        for process in self.processes.values():
            for region in self._eyes.look(process) if process.regions else ():
                place, shown = (region["proc"], region["region"]), json.dumps(region)
                if self._printed.get(place) != shown:
                    maps.append(region)
                self._printed[place] = shown
        return {**found, "maps": maps} if maps else found

    def process(self, words: Words) -> Process:
        """The living process that an operation names."""
        found = self.processes.get(words[1])
        if found is None:
            raise Refused("no such process")
        return found

    def spawn(self, name: str) -> None:
        """A new recorded process."""
        self.enter(start(name))

    def enter(self, process: Process) -> None:
        """Know a process by its name; one that had it before ends."""
        before = self.processes.pop(process.name, None)
        if before is not None:
            before.bury()
        self.processes[process.name] = process

    def _bury(self, name: str) -> None:
        """Be done with a process that died or does not answer."""
        if name in self.processes:
            self.forget(self.processes[name]).bury()

    def forget(self, process: Process) -> Process:
        """A process that is no longer one of those recorded."""
        del self.processes[process.name]
        for place in [place for place in self._printed if place[0] == process.name]:
            del self._printed[place]
        return process

    def new_window(self) -> int:
        """A fresh place with nothing mapped for 4 GiB."""
        self._windows += 1
        return window(self._windows - 1)

    def end(self) -> None:
        """No process and no changed knob stays behind."""
        try:
            for process in reversed([*self.processes.values()]):
                process.bury()
            if self._keeper is not None:
                self._keeper.bury()
        finally:
            self.knobs.restore()


def memory(name: str) -> int:
    """Bytes that /proc/meminfo has under a name."""
    with open("/proc/meminfo", encoding="ascii") as file:
        for line in file:
            if line.startswith(name + ":"):
                return int(line.split()[1]) << 10
    return 0


def has_huge_pages() -> bool:
    """Is this a Linux with transparent huge pages of 2 MiB?"""
    return _text(THP + "enabled") is not None and (_text(THP + "hpage_pmd_size") or str(_HUGE)) == str(_HUGE)


def _text(path: str) -> str | None:
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except (OSError, ValueError):
        return None
