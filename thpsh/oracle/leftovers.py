"""What the case before had left on the host: the cases ran one after the other, without a reboot in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.compaction import MAX_DEFER_SHIFT

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel


def leave(kernel: Kernel, case: str) -> None:
    """Bring the host into the state that the case before it had left.

    frag-khp-*: compaction had failed so often in frag-deferral that only one attempt in 64 ran.
    """
    if case.startswith("frag-khp-"):
        for zone in kernel.zones:
            kernel.own(zone.compaction)
            zone.compaction.shift = MAX_DEFER_SHIFT
