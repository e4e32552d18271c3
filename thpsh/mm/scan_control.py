"""What one run of reclaim may do and has done (mm/vmscan.c: struct scan_control)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.record import field, record
from thpsh.structs.page import COSTLY_ORDER

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.zone import Zone

SWAP_CLUSTER_MAX: Final = 32  # pages of a batch
DEF_PRIORITY: Final = 12
_EASY: Final = 2  # priorities at which orders that are not costly do not count yet


@record(eq=False)
class ScanControl:
    """One run of reclaim: of kswapd, of an allocation, or of a group at its limit."""

    kernel: Kernel
    cpu: int  # whose caches are emptied and filled
    to_reclaim: int  # base pages
    swappiness: int
    memcg: MemCgroup | None = None
    order: int = 0
    may_swap: bool = True
    may_unmap: bool = True
    may_writepage: bool = True  # not at first in laptop mode
    kswapd: bool = False
    repeat: bool = False  # __GFP_REPEAT
    priority: int = DEF_PRIORITY
    compacting: bool = False  # RECLAIM_MODE_COMPACTION: until a page had to be kept, it goes on for compaction's sake
    scanned: int = 0
    reclaimed: int = 0
    sizes: dict[Zone, list[int]] = field(default_factory=dict)  # of the group's lists, while nothing moves

    def set_reclaim_mode(self) -> None:
        """A batch begins: is it one that makes room for compaction (set_reclaim_mode)?"""
        hard = self.order > 0 and self.priority < DEF_PRIORITY - _EASY
        self.compacting = self.order > COSTLY_ORDER or hard

    @property
    def by(self) -> str:
        """Who reclaims, for the trace."""
        if self.memcg is not None:
            return f"kswapd for {self.memcg.path}" if self.kswapd else self.memcg.path
        return "kswapd" if self.kswapd else "direct"
