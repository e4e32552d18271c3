"""The state of KSM: what ksmd knows of mergeable pages (mm/ksm.c: mm_slot, rmap_item, stable_node)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.record import field, record
from thpsh.structs.versioned import Versioned

if TYPE_CHECKING:
    from thpsh.structs.anon_vma import AnonVma
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock

RUN_STOP: Final = 0
RUN_MERGE: Final = 1
RUN_UNMERGE: Final = 2

Item = tuple["Mm", int]
"""An rmap_item: an address space and the address of a page in it."""


@record(eq=False)
class StableNode(Versioned):
    """A merged page: write-protected wherever it is mapped, so its content never changes."""

    block: Pageblock
    frame: int
    tag: int  # its content
    items: dict[Item, AnonVma] = field(default_factory=dict)  # who was merged into it, latest last


@record(eq=False)
class KsmSlot(Versioned):
    """The rmap_items of the pages of one 2 MiB slot, as masks."""

    known: int = 0  # pages that have an item
    unstable: int = 0  # those in the unstable tree of this scan or the one before
    sums: dict[int, int] = field(default_factory=dict)  # page -> checksum at the last look
    nodes: dict[int, StableNode] = field(default_factory=dict)  # page -> the merged page it was joined to


@record(eq=False)
class Ksm(Versioned):
    """Knobs, counters, the cursor of ksmd and its two trees, which are dictionaries by content here."""

    run: int = RUN_STOP
    pages_to_scan: int = 100
    sleep_millisecs: int = 20
    wake_at: int = 0  # nanoseconds; the end of ksmd's sleep
    cpu: int = 0
    quiet: bool = False  # the last turn changed nothing but the cursor and full_scans

    mms: list[Mm] = field(default_factory=list)  # mm_slots, in scan order
    cursor_mm: Mm | None = None  # None: a new scan begins
    cursor_address: int = 0
    unstable: dict[int, Item] = field(default_factory=dict)
    stable: dict[int, StableNode] = field(default_factory=dict)

    pages_shared: int = 0
    pages_sharing: int = 0
    pages_unshared: int = 0
    rmap_items: int = 0
    full_scans: int = 0

    @property
    def pages_volatile(self) -> int:
        """Pages that change too fast, or were seen only once."""
        return max(0, self.rmap_items - self.pages_shared - self.pages_sharing - self.pages_unshared)
