"""/sys/kernel/debug/extfrag (mm/vmstat.c: extfrag_show_print, unusable_show_print)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.fs.vfile import Place, VFile
from thpsh.mm.extfrag import fragmentation_index, unusable_free_index
from thpsh.structs.page import MAX_ORDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import Zone

ROOT: Final = "/sys/kernel/debug/extfrag"


def _thousandths(index: int) -> str:
    """A number as the kernel prints it: quotient and remainder of a division that rounds towards 0."""
    whole, rest = divmod(abs(index), 1000)
    return f"{whole}.{rest:03d} " if index >= 0 else f"{-whole}.{-rest:03d} "


def _lines(kernel: Kernel, index_of: Callable[[Zone, int], int]) -> str:
    return "".join(
        f"Node {zone.node}, zone {zone.kind.label:>8s} "
        + "".join(_thousandths(index_of(zone, order)) for order in range(MAX_ORDER))
        + "\n"
        for zone in kernel.zones
    )


def _extfrag_show(place: Place) -> str:
    return _lines(place.kernel, fragmentation_index)


def _unusable_show(place: Place) -> str:
    return _lines(place.kernel, unusable_free_index)


FILES = (
    VFile(f"{ROOT}/extfrag_index", _extfrag_show),
    VFile(f"{ROOT}/unusable_index", _unusable_show),
)
