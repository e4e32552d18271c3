"""What all files of a process need: the process, its memory, and the header line of maps and smaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.stack import guard_page
from thpsh.structs.page import PAGE_SHIFT, PAGE_SIZE
from thpsh.structs.page_cache import FileKind
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.fs.vfile import Place
    from thpsh.structs.mm import Mm
    from thpsh.structs.page_cache import File
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

VSYSCALL: Final = "ffffffffff600000-ffffffffff601000 r-xp 00000000 00:00 0"
_NAME_COLUMN: Final = 73


def task_of(place: Place) -> Task:
    """The process whose file it is."""
    if place.task is None:
        raise KernelError(Errno.ENOENT, "the process of this file is gone")
    return place.task


def mm_of(place: Place) -> Mm | None:
    """Its memory; None for kernel threads and the dead, whose files are empty."""
    return task_of(place).mm


def file_of(vma: Vma) -> File | None:
    """The file behind a VMA; the vdso has none."""
    return vma.file if vma.file is not None and vma.file.kind is not FileKind.SPECIAL else None


def vma_name(vma: Vma) -> str:
    """What stands behind the numbers: a file, [heap], [stack], [vdso], or nothing."""
    mm = vma.mm
    if vma.file is not None:
        return vma.file.name
    if vma.start <= mm.brk and vma.end >= mm.start_brk:
        return "[heap]"
    return "[stack]" if vma.start <= mm.start_stack <= vma.end else ""


def header(vma: Vma) -> str:
    """The line of a VMA (show_map_vma); the guard page of a stack is not shown."""
    letters = (("r", Vm.READ), ("w", Vm.WRITE), ("x", Vm.EXEC))
    access = "".join(letter if vma.flags & bit else "-" for letter, bit in letters)
    access += "s" if vma.flags & Vm.MAYSHARE else "p"
    start = vma.start + PAGE_SIZE if guard_page(vma, vma.start) else vma.start
    file = file_of(vma)
    offset, device, inode = (vma.pgoff << PAGE_SHIFT, file.device, file.inode) if file is not None else (0, "00:00", 0)
    return padded(f"{start:08x}-{vma.end:08x} {access} {offset:08x} {device} {inode} ", vma_name(vma))


def padded(text: str, name: str) -> str:
    """The line with its name in the column where the kernel puts it."""
    if not name:
        return f"{text}\n"
    return f"{text.ljust(_NAME_COLUMN) if len(text) < _NAME_COLUMN else text + ' '}{name}\n"
