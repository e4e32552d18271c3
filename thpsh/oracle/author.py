"""Random operation scripts, in the op language of the recordings (README of the recordings)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_PROCESSES: Final = 4
MOST_REGIONS: Final = 5  # of one process
ENABLED: Final = "/sys/kernel/mm/transparent_hugepage/enabled"

_SIZES: Final = ("4K", "64K", "1M", "2M", "2052K", "4M", "6M")
_OFFSETS: Final = ("0", "0", "4K", "1M", "2M", "2044K")
_LENGTHS: Final = ("4K", "8K", "512K", "2M", "2M", "4M", "6M")
_KINDS: Final = ("", "", "", "", " map=shared", " map=devzero", " offset=4K", " prot=r")

_WORDS: Final = {
    "ACCESS": ("read", "write", "write"),
    "ADVICE": ("hugepage", "hugepage", "hugepage", "nohugepage", "dontneed", "dontneed", "willneed", "mergeable"),
    "PROT": ("rw", "rw", "r", "none"),
    "SIZE": _SIZES,
    "POLICY": ("always", "madvise", "never"),
}
_CHOICES: Final = (
    *("touch PLACE ACCESS",) * 8,
    *("madvise PLACE ADVICE",) * 5,
    *("mmap",) * 4,
    *("munmap PLACE",) * 3,
    *("mprotect PLACE PROT",) * 3,
    *("mremap PLACE SIZE",) * 3,
    "mlock PLACE",
    "munlock PLACE",
    *("fork",) * 2,
    "exit",
    f"write {ENABLED} POLICY",
    "wait_khugepaged 1",
)


class Dice(Protocol):
    """Where the chance comes from; the same dice throw the same script."""

    def randrange(self, stop: int, /) -> int:
        """A number from 0 up to, not including, `stop`."""


class Author:
    """Writes one script; it knows the processes and their regions, so that most operations find what they name.

    The outcome depends on the script alone: no clock, no pressure, nobody who waits for another, and at most 4
    processes with 5 regions of at most 6 MiB, which is far less than the recorded machines have.
    """

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._regions: dict[str, list[str]] = {}
        self._names = 0

    def write(self, length: int) -> list[str]:
        """A script of so many operations."""
        return [self._next() for _ in range(length)]

    def _next(self) -> str:
        """The next line: what the host lacks first, then whatever the dice say."""
        if not self._regions:
            return self._spawn()
        process = list(self._regions)[self._dice.randrange(len(self._regions))]
        if not self._regions[process]:
            return self._mmap(process)
        choice = self._one(_CHOICES)
        if choice == "fork":
            return self._fork(process)
        if choice == "exit":
            return self._exit(process)
        if choice == "mmap":
            return self._mmap(process)
        return " ".join(self._one(_WORDS[word]) if word in _WORDS else word for word in self._placed(choice, process))

    def _placed(self, choice: str, process: str) -> list[str]:
        """The words of a line, with a place for PLACE."""
        return choice.replace("PLACE", self._place(process)).split()

    def _one(self, words: Sequence[str]) -> str:
        return words[self._dice.randrange(len(words))]

    def _name(self, letter: str) -> str:
        self._names += 1
        return f"{letter}{self._names}"

    def _place(self, process: str) -> str:
        """PROCESS REGION+OFF LEN."""
        return f"{process} {self._one(self._regions[process])}+{self._one(_OFFSETS)} {self._one(_LENGTHS)}"

    def _spawn(self) -> str:
        name = self._name("P")
        self._regions[name] = []
        return f"spawn {name}"

    def _fork(self, process: str) -> str:
        if len(self._regions) == MOST_PROCESSES:
            return self._exit(process)
        child = self._name("P")
        self._regions[child] = list(self._regions[process])
        return f"fork {process} {child}"

    def _exit(self, process: str) -> str:
        del self._regions[process]
        return f"exit {process}"

    def _mmap(self, process: str) -> str:
        if len(self._regions[process]) == MOST_REGIONS:
            return self._unmap_region(process)
        region = self._name("r")
        self._regions[process].append(region)
        return f"mmap {process} {region} {self._one(_SIZES)}{self._one(_KINDS)}"

    def _unmap_region(self, process: str) -> str:
        region = self._one(self._regions[process])
        self._regions[process].remove(region)
        return f"munmap {process} {region} 6M"
