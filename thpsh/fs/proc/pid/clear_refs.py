"""/proc/PID/clear_refs (fs/proc/task_mmu.c): forget which pages were used; huge pages are split on the way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.proc.pid.process import mm_of
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.frames import frames_of
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.mm.memory.zap import covered
from thpsh.structs.page_table import PageTable
from thpsh.trace.events.huge_memory import SplitReason

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.vma import Vma

ALL, ANON, MAPPED = 1, 2, 3
_NUMBER: Final = re.compile(r"\s*0*([123])\s*")


def _store(place: Place, text: str) -> int:
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise KernelError(Errno.EINVAL, "expected 1 (all), 2 (anonymous) or 3 (files)")
    kind, mm = int(found[1]), mm_of(place)
    for vma in mm.vmas if mm is not None else ():
        if (kind == ANON and vma.file is not None) or (kind == MAPPED and vma.file is None):
            continue
        _clear(place.kernel, vma)
    return len(text)


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
            kernel.own(block)
            block.referenced &= ~frames


FILES = (VFile("/proc/PID/clear_refs", None, _store, 0o200),)
