"""/proc/kpagecount and kpageflags (fs/proc/page.c): 8 bytes a frame."""

from __future__ import annotations

from array import array
from functools import partial
from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.stable_page_flags import page_flags
from thpsh.structs.bits import indices
from thpsh.structs.page import HPAGE_NR

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.structs.kernel import Kernel

ENTRY: Final = 8


def _read(block_entries: Callable[[Kernel, int], list[int]], place: Place, offset: int, size: int) -> bytes:
    """Some entries of a file; `block_entries` gives the 512 of a pageblock."""
    if offset % ENTRY or size % ENTRY:
        raise KernelError(Errno.EINVAL, "offset and size must be multiples of 8")
    first = offset // ENTRY
    last = min(first + size // ENTRY, max(end for zone in place.kernel.zones for _, end in zone.usable))
    entries = array("Q")
    while first < last:
        index, frame = divmod(first, HPAGE_NR)
        count = min(last - first, HPAGE_NR - frame)
        entries.extend(block_entries(place.kernel, index)[frame : frame + count])
        first += count
    return entries.tobytes()


def page_counts(kernel: Kernel, index: int) -> list[int]:
    """How often each frame of a pageblock is mapped; a huge page counts at its head only."""
    counts = [0] * HPAGE_NR
    block = kernel.zone_of(index).pageblocks.get(index)
    if block is None:
        return counts
    if index in kernel.hugetlb.pages:
        counts[0] = kernel.hugetlb.pages[index].mapcount
    if block.huge:
        counts[0] = block.huge_mapcount
    for frame in indices(block.once):
        counts[frame] = block.mapcount(frame)
    return counts


FILES = (
    VFile("/proc/kpagecount", None, mode=0o400, raw=partial(_read, page_counts)),
    VFile("/proc/kpageflags", None, mode=0o400, raw=partial(_read, page_flags)),
)
