"""What an operation did: the same words for what a real kernel's recording says and for what the emulator shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.record import field, record

if TYPE_CHECKING:
    from collections.abc import Mapping

RESULTS: Final = (
    "error", "at", "value", "written", "pinned", "died", "resident", "how", "holes", "full_scans", "si_code", "si_addr",
    "left",
)  # fmt: skip
"""What an operation tells beside its return value."""

SMAPS: Final[tuple[str, ...]] = (
    "Rss", "Shared_Clean", "Shared_Dirty", "Private_Clean", "Private_Dirty", "Referenced", "Anonymous",
    "AnonHugePages", "Swap", "Locked",
)  # fmt: skip
"""The lines of smaps that recordings of 3.0 print, when they are not zero."""

Place = tuple[str, str]
"""A process and one of its regions."""


@record(frozen=True)
class VmaView:
    """One VMA as smaps shows it; what is zero is left out of the fields, in kB."""

    offset: int  # of its start from the start of the region
    kb: int
    perms: str
    fields: Mapping[str, int] = field(default_factory=dict)

    @property
    def shape(self) -> str:
        """Where it lies and what it allows, for a reader: `2048K+8K r--p`."""
        where = f"{self.offset // 1024}K" if self.offset % 1024 == 0 else f"{self.offset}"
        return f"{where}+{self.kb}K {self.perms}"


@record(frozen=True)
class RegionView:
    """One region of a process, slot by slot (2 MiB) and VMA by VMA."""

    slots: str
    present: tuple[int, ...]
    zero: tuple[int, ...]
    swapped: tuple[int, ...]
    special: tuple[int, ...]  # poisoned or migrating
    vmas: tuple[VmaView, ...]
    mod2m: int = 0  # how far into its first slot it begins
    nodes: str = ""  # the node of each slot's pages, on machines with several
    node_pages: tuple[tuple[int, ...], ...] = ()  # by node: pages of each slot, where a slot has several nodes


@record(frozen=True)
class Outcome:
    """Everything that is compared of one operation."""

    ret: str = "0"  # 0, -EINVAL, SIGSEGV, KILLED
    results: Mapping[str, object] = field(default_factory=dict)
    minflt: int | None = None  # of the acting process; None where the recording does not say
    majflt: int | None = None
    counters: Mapping[str, int | str] = field(default_factory=dict)  # since the last look; zero is left out
    regions: Mapping[Place, RegionView] | None = None  # None: nobody looked after this operation
    numastat: Mapping[str, int] | None = None  # since the last look; None: not told, or of no interest
