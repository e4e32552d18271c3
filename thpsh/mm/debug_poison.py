"""What must hold of pages lost to memory errors; a part of debug_vm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import ModelBug
from thpsh.mm.buddy import free_mask
from thpsh.mm.page_flags import poisoned
from thpsh.structs.bits import PAGES
from thpsh.structs.page_table import PageTable
from thpsh.structs.swap_entry import SWP_HWPOISON, swp_offset, swp_type

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock


def check_poison(kernel: Kernel, mms: list[Mm]) -> None:
    """Poisoned frames are never free, and are counted; poison entries lead to poisoned frames."""
    found = int(kernel.totals.zero_page_poisoned)
    for zone in kernel.zones:
        for block in zone.pageblocks.values():
            frames = poisoned(block)
            if frames:
                found += frames.bit_count()
                _check_block(block, frames)
    if found > kernel.totals.hwpoison_pages:
        raise ModelBug(f"{found} poisoned pages, but HardwareCorrupted counts {kernel.totals.hwpoison_pages}")
    for mm in mms:
        for slot, table in mm.pmds.items():
            if isinstance(table, PageTable) and table.swapped:
                _check_entries(kernel, f"mm {mm.number} slot {slot:#x}", table)


def _check_block(block: Pageblock, frames: int) -> None:
    lost = frames & (free_mask(block) | block.pcp | block.tables | block.kernel)
    if lost:
        raise ModelBug(f"pageblock {block.index:#x}: poisoned frames {lost:#x} are free or in use by the kernel")


def _check_entries(kernel: Kernel, where: str, table: PageTable) -> None:
    for page, entry in (table.swapped or {}).items():
        if table.present >> page & 1:
            raise ModelBug(f"{where}: page {page} is present and holds a swap entry")
        if swp_type(entry) == SWP_HWPOISON:
            pfn = swp_offset(entry)
            if not poisoned(kernel.block_of(pfn)) >> (pfn & PAGES - 1) & 1:
                raise ModelBug(f"{where}: page {page} says that frame {pfn:#x} is poisoned, which is not so")
