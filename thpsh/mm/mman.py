"""Arguments of the mapping calls, in the numbers of the C library (linux/mman.h, asm-generic/mman-common.h)."""

from __future__ import annotations

from typing import Final


class Prot:
    """Protection of mmap and mprotect."""

    NONE: Final = 0
    READ: Final = 0x1
    WRITE: Final = 0x2
    EXEC: Final = 0x4
    SEM: Final = 0x8
    GROWSDOWN: Final = 0x01000000
    GROWSUP: Final = 0x02000000

    ACCESS: Final = READ | WRITE | EXEC


class Map:
    """Flags of mmap."""

    SHARED: Final = 0x1
    PRIVATE: Final = 0x2
    TYPE: Final = 0xF
    FIXED: Final = 0x10
    ANONYMOUS: Final = 0x20
    THIRTYTWO_BIT: Final = 0x40
    GROWSDOWN: Final = 0x100
    DENYWRITE: Final = 0x800
    EXECUTABLE: Final = 0x1000
    LOCKED: Final = 0x2000
    NORESERVE: Final = 0x4000
    POPULATE: Final = 0x8000
    NONBLOCK: Final = 0x10000
    STACK: Final = 0x20000
    HUGETLB: Final = 0x40000


class Mremap:
    """Flags of mremap."""

    MAYMOVE: Final = 0x1
    FIXED: Final = 0x2


class Mcl:
    """Flags of mlockall."""

    CURRENT: Final = 0x1
    FUTURE: Final = 0x2


class Madv:
    """Advice of madvise; there is no MADV_FREE, COLD, PAGEOUT, POPULATE or COLLAPSE yet."""

    NORMAL: Final = 0
    RANDOM: Final = 1
    SEQUENTIAL: Final = 2
    WILLNEED: Final = 3
    DONTNEED: Final = 4
    REMOVE: Final = 9
    DONTFORK: Final = 10
    DOFORK: Final = 11
    MERGEABLE: Final = 12
    UNMERGEABLE: Final = 13
    HUGEPAGE: Final = 14
    NOHUGEPAGE: Final = 15
    HWPOISON: Final = 100
    SOFT_OFFLINE: Final = 101


def access_word(prot: int) -> str:
    """The access of a protection as /proc/PID/maps writes it, without the kind of the mapping."""
    return "".join(letter if prot & bit else "-" for bit, letter in ((1, "r"), (2, "w"), (4, "x")))
