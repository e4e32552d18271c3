"""/proc/PID/pagemap (fs/proc/task_mmu.c): 8 bytes a page; reading splits the huge pages it meets."""

from __future__ import annotations

from typing import Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.proc.pid.process import mm_of
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.frames import frame_at
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.structs.page import HPAGE_NR, PAGE_SHIFT, TASK_SIZE
from thpsh.structs.page_table import PageTable
from thpsh.trace.events.huge_memory import SplitReason

ENTRY: Final = 8
_PRESENT: Final = 1 << 63
_SWAPPED: Final = 1 << 62
_SHIFT: Final = PAGE_SHIFT << 55


def _read(place: Place, offset: int, size: int) -> bytes:
    mm = mm_of(place)
    if mm is None:
        return b""
    if offset % ENTRY or size % ENTRY:
        raise KernelError(Errno.EINVAL, "offset and size must be multiples of 8")
    first = offset // ENTRY
    last = min(first + size // ENTRY, TASK_SIZE >> PAGE_SHIFT)
    words = []
    for page in range(first, last):
        slot = page // HPAGE_NR
        if page == first or not page % HPAGE_NR:
            split_huge_page_pmd(place.kernel, mm, slot, SplitReason.PAGEMAP)
        entry = mm.pmds.get(slot)
        words.append(_entry(place, entry, page % HPAGE_NR) if isinstance(entry, PageTable) else 0)
    return b"".join(word.to_bytes(ENTRY, "little") for word in words)


def _entry(place: Place, table: PageTable, page: int) -> int:
    if table.swapped and page in table.swapped:
        return _SWAPPED | _SHIFT | table.swapped[page]
    if not table.present >> page & 1:
        return 0
    if table.special >> page & 1:
        return _PRESENT | _SHIFT
    block, frame = frame_at(place.kernel, table, page)
    return _PRESENT | _SHIFT | block.start_pfn + frame


FILES = (VFile("/proc/PID/pagemap", None, raw=_read),)
