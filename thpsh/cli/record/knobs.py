"""The settings of the host that a script writes, and how they come back."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError

if TYPE_CHECKING:
    from types import FrameType

THP: Final = "/sys/kernel/mm/transparent_hugepage/"
WHERE: Final = ("/sys/kernel/mm/", "/proc/sys/vm/")
_RESERVE: Final = "/proc/sys/vm/min_free_kbytes"
_POLICY: Final = THP + "enabled"
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Terminated(Exception):
    """The recorder was told to end."""


class Knobs:
    """Writes settings below a root folder, and remembers what was there before the first write."""

    def __init__(self, root: str = "") -> None:
        self._root = root
        self._before: dict[str, bytes] = {}  # in the order in which they were saved

    def write(self, path: str, value: bytes) -> int:
        """One write; returns how many bytes were taken, OSError if none was."""
        if path == _POLICY:
            self._save(_RESERVE)  # a new policy raises it
        self._save(path)
        file = os.open(self._root + path, os.O_WRONLY | os.O_TRUNC)
        try:
            return os.write(file, value)
        finally:
            os.close(file)

    def _save(self, path: str) -> None:
        """Note the value of a setting when it is met for the first time."""
        if path in self._before:
            return
        value = self._value(path)
        if value is not None:
            self._before[path] = value

    def _value(self, path: str) -> bytes | None:
        """What a setting is: of `always [madvise] never` the word in brackets; None if it cannot be read."""
        try:
            with open(self._root + path, "rb") as file:
                text = file.read()
        except OSError:
            return None
        _, bracket, chosen = text.partition(b"[")
        return chosen.partition(b"]")[0] if bracket else text.strip()

    def restore(self) -> None:
        """Put everything back, the last first; what does not go back is told on standard error."""
        waiting = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            while self._before:
                path, value = self._before.popitem()
                self._put_back(path, value)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, waiting)

    def _put_back(self, path: str, value: bytes) -> None:
        if self._value(path) == value:
            return
        try:
            with open(self._root + path, "wb", buffering=0) as file:
                file.write(value)
        except OSError as error:
            sys.stderr.write(f"record: {path}: could not be set back to {value.decode()}: {error.strerror}\n")
            return
        found = self._value(path)
        if found != value:
            shown = found.decode() if found is not None else "unreadable"
            sys.stderr.write(f"record: {path}: is {shown}, was {value.decode()}\n")


def check_path(path: str) -> None:
    """A script may write settings of memory management, nothing else of the host."""
    if not path.startswith(WHERE) or ".." in path.split("/"):
        raise UsageError(f"record: write {path}: expected a file below {' or '.join(WHERE)}")


def end_on_signals() -> None:
    """Let SIGTERM and SIGHUP end the recording as Ctrl-C does, so that everything is put back."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)


def _end(number: int, _: FrameType | None) -> None:
    raise Terminated(signal.Signals(number).name)
