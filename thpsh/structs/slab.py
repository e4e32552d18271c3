"""Slab: kernel memory for objects of which a host may have very many (linux/slab_def.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.record import field, record
from thpsh.structs.versioned import Versioned

if TYPE_CHECKING:
    from thpsh.structs.pageblock import Pageblock


AT_BOOT: Final = 1024  # so many VMAs have room in the slabs of a quiet host


@record(eq=False)
class Slab(Versioned):
    """The VMAs of all processes, and the pages they take beyond what the host had when it was quiet."""

    vmas: int = 0
    pages: int = 0
    runs: list[tuple[Pageblock, int, int]] = field(default_factory=list)  # pageblock, first frame, count; oldest first
