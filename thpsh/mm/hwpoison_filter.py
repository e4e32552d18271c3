"""Which pages an injected memory error may hit (mm/memory-failure.c: hwpoison_filter)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.page_rmap import owner_of
from thpsh.structs.bits import PAGES
from thpsh.structs.page import PAGEBLOCK_ORDER
from thpsh.structs.page_cache import AddressSpace

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Owner

_ANY: Final = (1 << 32) - 1


def hwpoison_filter(kernel: Kernel, pfn: int, *, flagged: bool = True) -> bool:
    """Does the filter keep an error away from a page, which is locked, and `flagged` already?"""
    if not kernel.hwpoison_filter.enable:
        return False
    return not (_device(kernel, pfn) and _flags(kernel, pfn, flagged=flagged) and _group(kernel, pfn))


def _owner(kernel: Kernel, pfn: int) -> Owner | None:
    index, frame = pfn >> PAGEBLOCK_ORDER, pfn & PAGES - 1
    block = kernel.zone_of(index).pageblocks.get(index)
    if block is None or (block.huge and frame):  # a tail has no mapping of its own
        return None
    found = owner_of(block, frame)
    return found[0] if found is not None else None


def _device(kernel: Kernel, pfn: int) -> bool:
    """Is the page one of a file on the right device? Anonymous ones are on none (hwpoison_filter_dev)."""
    wanted = kernel.hwpoison_filter.dev_major, kernel.hwpoison_filter.dev_minor
    if wanted == (_ANY, _ANY):
        return True
    device = _device_of(kernel, pfn)
    if device is None:
        return False
    return all(want in (_ANY, has) for want, has in zip(wanted, device, strict=True))


def _device_of(kernel: Kernel, pfn: int) -> tuple[int, int] | None:
    """Major and minor number of the device of a page's file."""
    page = kernel.hugetlb.pages.get(pfn >> PAGEBLOCK_ORDER)
    if page is not None:
        from thpsh.mm.hugetlb.file import DEVICE  # few hosts have a pool

        return _numbers(DEVICE) if page.cached and not pfn & PAGES - 1 else None
    owner = _owner(kernel, pfn)
    if owner is None or not isinstance(owner.mapping, AddressSpace):
        return None
    mapping = owner.mapping
    named = [file for file in kernel.tables.files.values() if file.mapping is mapping]
    mapped = [vma.file for vma in mapping.maps if vma.file is not None]
    return next((_numbers(file.device) for file in (*named, *mapped)), None)


def _numbers(device: str) -> tuple[int, int]:
    major, _, minor = device.partition(":")
    return int(major, 16), int(minor, 16)


def _flags(kernel: Kernel, pfn: int, *, flagged: bool) -> bool:
    """Has the page the wanted flags of /proc/kpageflags (hwpoison_filter_flags)?"""
    wanted = kernel.hwpoison_filter
    if not wanted.flags_mask:
        return True
    from thpsh.mm.stable_page_flags import FLAGS, stable_page_flags

    flags = stable_page_flags(kernel, pfn) & ~(1 << FLAGS["hwpoison"])
    if flagged:
        flags |= 1 << FLAGS["hwpoison"]
    if not flags >> FLAGS["compound_tail"] & 1:
        flags |= 1 << FLAGS["locked"]
    return flags & wanted.flags_mask == wanted.flags_value


def _group(kernel: Kernel, pfn: int) -> bool:
    """Is the page charged to the wanted group (hwpoison_filter_task)?"""
    wanted = kernel.hwpoison_filter.memcg
    if not wanted:
        return True
    owner = _owner(kernel, pfn)
    return owner is not None and owner.memcg is not None and owner.memcg.inode == wanted
