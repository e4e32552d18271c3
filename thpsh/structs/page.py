"""Sizes and small enumerations of pages (asm/page_types.h, linux/mmzone.h, linux/gfp.h)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

PAGE_SHIFT: Final = 12
PAGE_SIZE: Final = 1 << PAGE_SHIFT
HPAGE_SHIFT: Final = 21
HPAGE_SIZE: Final = 1 << HPAGE_SHIFT
HPAGE_MASK: Final = ~(HPAGE_SIZE - 1)
HPAGE_ORDER: Final = HPAGE_SHIFT - PAGE_SHIFT
HPAGE_NR: Final = 1 << HPAGE_ORDER

MAX_ORDER: Final = 11  # orders 0 … 10
PAGEBLOCK_ORDER: Final = HPAGE_ORDER
COSTLY_ORDER: Final = 3  # PAGE_ALLOC_COSTLY_ORDER

ZERO_PFN: Final = 0x1400  # the page of zeros that read faults map; it lies in the kernel image
TASK_SIZE: Final = 0x7FFFFFFFF000  # end of the user half
STACK_TOP: Final = TASK_SIZE
KIB: Final = 1 << 10
MIB: Final = 1 << 20
GIB: Final = 1 << 30


class MigrateType(IntEnum):
    """Lists of the buddy allocator; the first three also have per-cpu lists."""

    label: str  # the name in /proc/pagetypeinfo

    UNMOVABLE = 0
    RECLAIMABLE = 1
    MOVABLE = 2
    RESERVE = 3
    ISOLATE = 4

    def __init__(self, _number: int) -> None:
        self.label = self.name.capitalize()


PCP_TYPES: Final = 3


class ZoneType(IntEnum):
    """Zones of x86-64; Movable exists in every table but is always empty."""

    label: str  # the name in /proc/zoneinfo

    DMA = 0
    DMA32 = 1
    NORMAL = 2
    MOVABLE = 3

    def __init__(self, number: int) -> None:
        self.label = ("DMA", "DMA32", "Normal", "Movable")[number]


class Gfp:
    """Allocation flags, 3.0 numbering (linux/gfp.h); plain integers, since they are tested on hot paths."""

    DMA: Final = 0x01
    HIGHMEM: Final = 0x02
    DMA32: Final = 0x04
    MOVABLE: Final = 0x08
    WAIT: Final = 0x10
    HIGH: Final = 0x20
    IO: Final = 0x40
    FS: Final = 0x80
    COLD: Final = 0x100
    NOWARN: Final = 0x200
    REPEAT: Final = 0x400
    NOFAIL: Final = 0x800
    NORETRY: Final = 0x1000
    COMP: Final = 0x4000
    ZERO: Final = 0x8000
    NOMEMALLOC: Final = 0x10000
    HARDWALL: Final = 0x20000
    THISNODE: Final = 0x40000
    RECLAIMABLE: Final = 0x80000
    NO_KSWAPD: Final = 0x400000
    OTHER_NODE: Final = 0x800000

    KERNEL: Final = 0xD0  # wait, I/O, FS
    USER: Final = 0x200D0
    HIGHUSER: Final = 0x200D2
    HIGHUSER_MOVABLE: Final = 0x200DA
    TRANSHUGE: Final = 0x4352DA  # no-memalloc, no-retry, no-warn, no-kswapd: to be had cheaply or not at all


def allocflags_to_migratetype(gfp: int) -> MigrateType:
    """The list that an allocation with these flags is served from (linux/gfp.h)."""
    if gfp & Gfp.MOVABLE:
        return MigrateType.MOVABLE
    return MigrateType.RECLAIMABLE if gfp & Gfp.RECLAIMABLE else MigrateType.UNMOVABLE


class Lru(IntEnum):
    """The five LRU lists of a zone, in the order of /proc/vmstat."""

    active: bool  # one of the two active lists
    file: bool  # holds file pages

    INACTIVE_ANON = 0
    ACTIVE_ANON = 1
    INACTIVE_FILE = 2
    ACTIVE_FILE = 3
    UNEVICTABLE = 4

    def __init__(self, number: int) -> None:
        self.active = number in (1, 3)
        self.file = number in (2, 3)


def page_align(length: int) -> int:
    """The length rounded up to whole pages."""
    return (length + PAGE_SIZE - 1) & -PAGE_SIZE


def size_align(length: int) -> int:
    """The same in the kernel's 64 bits: what is less than a page short of 16 EiB becomes 0."""
    return page_align(length) & (1 << 64) - 1
