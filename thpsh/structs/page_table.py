"""What a PMD slot holds: a page table of 512 entries as masks, or one huge page (asm/pgtable.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.record import record
from thpsh.structs.versioned import Versioned

if TYPE_CHECKING:
    from array import array

    from thpsh.structs.pageblock import Pageblock

Run = tuple[int, "Pageblock", int]
"""(pages, pageblock, shift): page i of the slot is frame i + shift of the pageblock."""


@record(eq=False)
class FrameMap(Versioned):
    """Which frame stands behind each of 512 pages.

    A range touched in one go is a run or two; pages that were faulted here and there stand one by one in `pfns`.
    """

    present: int = 0
    runs: tuple[Run, ...] = ()
    pfns: array[int] | None = None  # the frame numbers of all other pages, where there are any

    @property
    def loose(self) -> int:
        """The pages whose frame number stands in `pfns`."""
        if self.pfns is None:
            return 0
        mask = self.present
        for pages, _, _ in self.runs:
            mask &= ~pages
        return mask


@record(eq=False)
class PageTable(FrameMap):
    """A page-table page with its 512 PTEs; all masks but `swapped` are subsets of `present`."""

    writable: int = 0
    dirty: int = 0
    young: int = 0
    special: int = 0  # maps the 4 KiB zero page
    swapped: dict[int, int] | None = None  # not-present entries: page -> swap entry (also migration and poison)
    pfn: int = 0  # the frame of the page table itself

    @property
    def loose(self) -> int:
        """The pages whose frame number stands in `pfns`; the zero page has none."""
        if self.pfns is None:
            return 0
        mask = self.present & ~self.special
        for pages, _, _ in self.runs:
            mask &= ~pages
        return mask

    @property
    def nonpresent(self) -> int:
        """The mask of entries that are neither empty nor present (swap, migration, poison)."""
        mask = 0
        for page in self.swapped or ():
            mask |= 1 << page
        return mask


@record(eq=False)
class HugePmd(Versioned):
    """A PMD that maps a huge page; its deposited page table waits in the mm's list."""

    block: Pageblock
    writable: bool
    dirty: bool = True
    young: bool = True


PmdEntry = PageTable | HugePmd
