"""/proc/PID/clear_refs (fs/proc/task_mmu.c): forget which pages were used; huge pages are split on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.fs.kstrto import invalid, kstrtoint
from thpsh.fs.proc.pid.process import file_of, mm_of
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.frames import frames_of
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.mm.slot_range import covered
from thpsh.structs.page_table import PageTable
from thpsh.trace.events.huge_memory import SplitReason

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.vma import Vma

ALL, ANON, MAPPED = 1, 2, 3
_LONGEST: Final = 12  # bytes of a write that are looked at


def _store(place: Place, text: str) -> int:
    kind, mm = kstrtoint(text[:_LONGEST], 10), mm_of(place)
    if not ALL <= kind <= MAPPED:
        raise invalid(text, "1 (all), 2 (anonymous) or 3 (files)")
    for vma in mm.vmas if mm is not None else ():
        if kind == ALL or (file_of(vma) is not None) == (kind == MAPPED):
            _clear(place.kernel, vma)
    return min(len(text), _LONGEST)


def _clear(kernel: Kernel, vma: Vma) -> None:
    for slot, mask in covered(vma.start, vma.end, vma.mm):
        split_huge_page_pmd(kernel, vma.mm, slot, SplitReason.CLEAR_REFS)
        table = vma.mm.pmds[slot]
        if not isinstance(table, PageTable):
            continue
        normal = table.present & mask & ~table.special
        kernel.own(table)
        table.young &= ~normal
        for block, frames in frames_of(kernel, table, normal):
            if block.referenced & frames:
                kernel.own(block)
                block.referenced &= ~frames


FILES = (VFile("/proc/PID/clear_refs", None, _store, 0o200),)
