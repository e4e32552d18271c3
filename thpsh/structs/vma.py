"""Vma: one mapped range with one policy (struct vm_area_struct, linux/mm.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.record import field, record
from thpsh.structs.page import PAGE_SHIFT
from thpsh.structs.versioned import Versioned

if TYPE_CHECKING:
    from thpsh.structs.anon_vma import AnonVma
    from thpsh.structs.hugetlb import ReserveMap
    from thpsh.structs.mempolicy import MemPolicy
    from thpsh.structs.mm import Mm
    from thpsh.structs.page_cache import File


class Vm:
    """vm_flags, 3.0 numbering; plain integers, since they are tested on hot paths."""

    READ: Final = 0x1
    WRITE: Final = 0x2
    EXEC: Final = 0x4
    SHARED: Final = 0x8
    MAYREAD: Final = 0x10
    MAYWRITE: Final = 0x20
    MAYEXEC: Final = 0x40
    MAYSHARE: Final = 0x80
    GROWSDOWN: Final = 0x100
    NOHUGEPAGE: Final = 0x200
    PFNMAP: Final = 0x400
    DENYWRITE: Final = 0x800
    EXECUTABLE: Final = 0x1000
    LOCKED: Final = 0x2000
    IO: Final = 0x4000
    SEQ_READ: Final = 0x8000
    RAND_READ: Final = 0x10000
    DONTCOPY: Final = 0x20000
    DONTEXPAND: Final = 0x40000
    RESERVED: Final = 0x80000
    ACCOUNT: Final = 0x100000
    NORESERVE: Final = 0x200000
    HUGETLB: Final = 0x400000
    HUGEPAGE: Final = 0x1000000
    INSERTPAGE: Final = 0x2000000
    ALWAYSDUMP: Final = 0x4000000
    MIXEDMAP: Final = 0x10000000
    SAO: Final = 0x20000000
    MERGEABLE: Final = 0x80000000

    ACCESS: Final = READ | WRITE | EXEC
    MAY: Final = MAYREAD | MAYWRITE | MAYEXEC
    DATA_DEFAULT: Final = READ | WRITE | MAY
    SPECIAL: Final = IO | DONTEXPAND | RESERVED | PFNMAP
    NO_THP: Final = SPECIAL | INSERTPAGE | MIXEDMAP | SAO | HUGETLB | SHARED | MAYSHARE
    STACK_INCOMPLETE_SETUP: Final = RAND_READ | SEQ_READ


@record(eq=False)
class Vma(Versioned):
    """One mapped range of an address space."""

    mm: Mm
    start: int
    end: int  # first byte after the range
    flags: int
    pgoff: int  # page offset of `start` in the file, or the address page number anonymous pages are indexed by
    file: File | None = None
    anon_vma: AnonVma | None = None
    chain: list[AnonVma] = field(default_factory=list)  # anon_vma_chain, newest link last
    policy: MemPolicy | None = None
    reserve: ReserveMap | None = None  # of a private mapping of hugetlbfs, in the process that made it
    reserve_lost: bool = False  # that process took pages away here: faults end in SIGBUS

    @property
    def nr_pages(self) -> int:
        """Its length in pages (vma_pages)."""
        return (self.end - self.start) >> PAGE_SHIFT

    @property
    def has_ops(self) -> bool:
        """Has it vm_ops? Private mappings of /dev/zero have a file but none, anonymous ones have neither."""
        return self.file is not None and self.file.has_ops

    @property
    def shared(self) -> bool:
        """Is it a MAP_SHARED mapping?"""
        return bool(self.flags & Vm.SHARED)

    def linear_page_index(self, address: int) -> int:
        """The page offset of an address in the mapping (linear_page_index)."""
        return ((address - self.start) >> PAGE_SHIFT) + self.pgoff

    def address_of(self, index: int) -> int | None:
        """The address at which the mapping shows a page offset, or None when it does not (vma_address)."""
        address = self.start + ((index - self.pgoff) << PAGE_SHIFT)
        return address if self.start <= address < self.end else None
