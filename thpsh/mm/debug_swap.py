"""debug_vm, the part about swap: slots counted anew from page tables and swap cache."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from thpsh.errors import ModelBug
from thpsh.mm.filemap import cached_pages
from thpsh.mm.swapfile import swap_counts
from thpsh.structs.bits import PAGES, indices
from thpsh.structs.page_table import PageTable
from thpsh.structs.swap_entry import non_swap_entry, swp_entry

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.page_cache import AddressSpace
    from thpsh.structs.swap import SwapDevice


def check_swap(kernel: Kernel, mms: list[Mm]) -> None:
    """Compare swap map, swap cache and totals with what page tables and pageblocks say."""
    entries = _entries(mms)
    for mapping in mappings_at_hand(kernel, mms):
        entries.update(mapping.swapped.values())
        _expect("a file with pages in swap is listed", mapping in kernel.swap.shmem, bool(mapping.swapped))
        both = [offset for offset in mapping.swapped if cached_pages(mapping, offset // PAGES) >> offset % PAGES & 1]
        _expect("offsets both in memory and in swap", both, [])
    cached = _cached(kernel)
    free = 0
    for device in kernel.swap.devices.values():
        _check_device(kernel, device, entries, cached)
        free += device.pages - device.inuse if device.writable else 0
    _expect("entries and cached pages without a slot", len(entries) + len(cached), 0)
    _expect("SwapFree", kernel.swap.free, free)
    _expect("SwapTotal", kernel.swap.total, sum(d.pages for d in kernel.swap.devices.values() if d.writable))


def _expect(what: str, kept: object, found: object) -> None:
    if kept != found:
        raise ModelBug(f"{what}: kept {kept}, recomputed {found}")


def _entries(mms: list[Mm]) -> Counter[int]:
    """How many page-table entries refer to each slot; the count of each address space is compared."""
    total: Counter[int] = Counter()
    for mm in mms:
        mine = 0
        for table in mm.pmds.values():
            if not isinstance(table, PageTable) or table.swapped is None:
                continue
            for entry in table.swapped.values():
                if not non_swap_entry(entry):
                    total[entry] += 1
                    mine += 1
        _expect(f"mm {mm.number} swap_ents", mm.swap_ents, mine)
    return total


def mappings_at_hand(kernel: Kernel, mms: list[Mm]) -> list[AddressSpace]:
    """The caches of all files that have a name or are mapped, and those that are said to have pages in swap."""
    found = dict.fromkeys(file.mapping for file in kernel.tables.files.values())
    found |= dict.fromkeys(vma.file.mapping for mm in mms for vma in mm.vmas if vma.file is not None)
    return list(found | kernel.swap.shmem)


def _cached(kernel: Kernel) -> dict[int, int]:
    """The frame number of each slot in the swap cache."""
    found = {}
    for zone in kernel.zones:
        for block in zone.pageblocks.values():
            for frame, entry in (block.rare.swap if block.rare is not None else {}).items():
                found[entry] = block.start_pfn + frame
    _expect("SwapCached", kernel.swap.cached, len(found))
    return found


def _check_device(kernel: Kernel, device: SwapDevice, entries: Counter[int], cached: dict[int, int]) -> None:
    inuse = 0
    for place, cluster in device.clusters.items():
        inuse += cluster.used.bit_count()
        for slot in indices(cluster.used):
            entry = swp_entry(device.number, (place * PAGES) + slot)
            where = f"{device.name} slot {place * PAGES + slot}"
            _expect(f"{where} count", swap_counts(kernel, entry), entries.pop(entry, 0))
            _expect(f"{where} page", cluster.frames.get(slot), cached.pop(entry, None))
            _expect(f"{where} caches", cluster.cached >> slot & 1, 1 if slot in cluster.frames else 0)
        for owned in (cluster.owners, cluster.tags):
            noted = [slot for slot in owned if not cluster.used >> slot & 1]
            _expect(f"{device.name}: free slots that something is noted of", noted, [])
    _expect(f"{device.name} in use", device.inuse, inuse)
