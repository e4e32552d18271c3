"""Files and their cached pages (struct address_space, struct file)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from thpsh.record import field, record
from thpsh.structs.versioned import Versioned

if TYPE_CHECKING:
    from thpsh.structs.hugetlb import HugetlbInode
    from thpsh.structs.mempolicy import MemPolicy
    from thpsh.structs.page_table import FrameMap
    from thpsh.structs.vma import Vma


class FileKind(Enum):
    """What is behind a file, as far as memory management cares."""

    REGULAR = "regular"  # pages come from a disk
    SHMEM = "shmem"  # tmpfs, shared anonymous memory: swap-backed
    DEVZERO = "devzero"  # private mapping of /dev/zero: anonymous memory with a vm_file
    SPECIAL = "special"  # vdso
    HUGETLB = "hugetlb"
    BLOCKDEV = "block device"  # read as a whole: its pages are the buffers of /proc/meminfo


@record(eq=False)
class AddressSpace(Versioned):
    """The page cache of one inode: slots of 512 page offsets."""

    swap_backed: bool
    slots: dict[int, FrameMap] = field(default_factory=dict)
    swapped: dict[int, int] = field(default_factory=dict)  # page offset -> swap entry (shmem)
    nr_pages: int = 0
    unevictable: bool = False  # has no disk to be read from again (AS_UNEVICTABLE: ramfs, the boot image)
    maps: dict[Vma, None] = field(default_factory=dict)  # the VMAs that map it (i_mmap)
    policies: tuple[tuple[int, int, MemPolicy], ...] = ()  # of shared memory: [first, last) page offsets, ascending
    hugetlb: HugetlbInode | None = None  # of a file of hugetlbfs, whose pages are not in `slots`


@record(eq=False)
class File(Versioned):
    """A mapped file: what /proc/PID/maps shows of it, and its cache."""

    name: str
    kind: FileKind
    device: str  # major:minor, two hexadecimal digits each
    inode: int
    mapping: AddressSpace
    length: int = 0  # bytes

    @property
    def has_ops(self) -> bool:
        """Do its mappings have vm_ops?"""
        return self.kind is not FileKind.DEVZERO
