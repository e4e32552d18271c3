"""Short words for tests of VMAs: map at START, show what is mapped there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support import START, K, host
from thpsh.mm.mman import Map, Prot
from thpsh.mm.mmap import MapRequest, mmap
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from tests.support import Host
    from thpsh.structs.page_cache import File
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

RW, R, NONE = Prot.READ | Prot.WRITE, Prot.READ, Prot.NONE
FIXED = Map.PRIVATE | Map.ANONYMOUS | Map.FIXED
SHARED = Map.SHARED | Map.ANONYMOUS | Map.FIXED


def place(h: Host, offset: int, size: int, prot: int = RW, flags: int = FIXED, file: File | None = None) -> int:
    """Map `size` bytes at START + offset."""
    return mmap(h.kernel, h.task, MapRequest(START + offset, size, prot, flags, file))


def placed(size: int, prot: int = RW, flags: int = FIXED) -> Host:
    """A host with THP enabled=always whose process has one mapping at START."""
    h = host()
    place(h, 0, size, prot, flags)
    return h


def vma(h: Host, offset: int = 0, task: Task | None = None) -> Vma:
    """The VMA at START + offset."""
    mm = (task or h.task).mm
    assert mm is not None
    found = mm.vma_at(START + offset)
    assert found is not None
    return found


def layout(h: Host, task: Task | None = None) -> list[tuple[int, int, str]]:
    """The VMAs from START on: offset and size in KiB, access."""
    mm = (task or h.task).mm
    assert mm is not None
    return [
        ((v.start - START) // K, (v.end - v.start) // K, access(v.flags))
        for v in mm.vmas
        if START <= v.start < START + (1 << 40)
    ]


def access(flags: int) -> str:
    """rw, r-, -- ..."""
    return ("r" if flags & Vm.READ else "-") + ("w" if flags & Vm.WRITE else "-")
