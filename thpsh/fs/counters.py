"""Zone counters by their names in /proc/vmstat, and sums of them (mm/vmstat.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.structs.page import Lru

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import Zone

_LRU: Final = {
    "nr_inactive_anon": Lru.INACTIVE_ANON,
    "nr_active_anon": Lru.ACTIVE_ANON,
    "nr_inactive_file": Lru.INACTIVE_FILE,
    "nr_active_file": Lru.ACTIVE_FILE,
    "nr_unevictable": Lru.UNEVICTABLE,
}
_NUMA: Final = ("numa_hit", "numa_miss", "numa_foreign", "numa_interleave", "numa_local", "numa_other")
_NEVER: Final = frozenset({"nr_unstable", "nr_bounce", "nr_writeback_temp"})  # NFS, high memory, FUSE
_NAMES: Final = (
    "nr_free_pages", *_LRU, "nr_mlock", "nr_anon_pages", "nr_mapped", "nr_file_pages", "nr_dirty", "nr_writeback",
    "nr_slab_reclaimable", "nr_slab_unreclaimable", "nr_page_table_pages", "nr_kernel_stack", "nr_unstable",
    "nr_bounce", "nr_vmscan_write", "nr_writeback_temp", "nr_isolated_anon", "nr_isolated_file", "nr_shmem",
    "nr_dirtied", "nr_written", *_NUMA, "nr_anon_transparent_hugepages",
)  # fmt: skip


def zone_counters(kernel: Kernel) -> list[str]:
    """The names of the zone counters that this kernel has, in its order."""
    hidden: set[str] = set() if kernel.build.numa else set(_NUMA)
    if not kernel.features.thp_gauges:
        hidden.add("nr_anon_transparent_hugepages")
    return [name for name in _NAMES if name not in hidden]


def value(kernel: Kernel, zone: Zone, name: str) -> int:
    """One counter of one zone as the kernel prints it: never below 0."""
    if name == "nr_free_pages":
        return zone.free
    if name in _LRU:
        listed = zone.lruvec.lists[_LRU[name]]
        return listed.nr_pages if kernel.features.lru_counts_base_pages else _entries(zone, name)
    if name in _NEVER:
        return 0
    number: int = getattr(zone.stat, name)
    if name == "nr_anon_pages" and not kernel.features.thp_gauges:
        number += zone.stat.nr_anon_transparent_hugepages
    return max(0, number)


def _entries(zone: Zone, name: str) -> int:
    """The size of a list when a huge page still counted as 1."""
    return sum(
        1 if entry.block.huge else entry.mask.bit_count() for entry in zone.lruvec.lists[_LRU[name]].from_oldest()
    )


def total(kernel: Kernel, name: str, zones: Sequence[Zone] | None = None) -> int:
    """A counter summed over zones, all of them by default (global_page_state)."""
    return sum(value(kernel, zone, name) for zone in (kernel.zones if zones is None else zones))


def anon_pages(kernel: Kernel, zones: Sequence[Zone] | None = None) -> int:
    """AnonPages: small and huge ones."""
    pages = total(kernel, "nr_anon_pages", zones)
    return pages + huge_pages(kernel, zones) if kernel.features.thp_gauges else pages


def huge_pages(kernel: Kernel, zones: Sequence[Zone] | None = None) -> int:
    """AnonHugePages, in base pages."""
    chosen = kernel.zones if zones is None else zones
    return 512 * sum(zone.stat.nr_anon_transparent_hugepages for zone in chosen)


_PAGE_ROWS: Final = {
    "MemFree": ("nr_free_pages",),
    "Active": ("nr_active_anon", "nr_active_file"),
    "Inactive": ("nr_inactive_anon", "nr_inactive_file"),
    "Active(anon)": ("nr_active_anon",),
    "Inactive(anon)": ("nr_inactive_anon",),
    "Active(file)": ("nr_active_file",),
    "Inactive(file)": ("nr_inactive_file",),
    "Unevictable": ("nr_unevictable",),
    "Mlocked": ("nr_mlock",),
    "Dirty": ("nr_dirty",),
    "Writeback": ("nr_writeback",),
    "FilePages": ("nr_file_pages",),
    "Mapped": ("nr_mapped",),
    "Shmem": ("nr_shmem",),
    "PageTables": ("nr_page_table_pages",),
    "NFS_Unstable": ("nr_unstable",),
    "Bounce": ("nr_bounce",),
    "WritebackTmp": ("nr_writeback_temp",),
    "Slab": ("nr_slab_reclaimable", "nr_slab_unreclaimable"),
    "SReclaimable": ("nr_slab_reclaimable",),
    "SUnreclaim": ("nr_slab_unreclaimable",),
}
_STACK_KB: Final = 8
_PAGE_KB: Final = 4


def memory_kb(kernel: Kernel, zones: Sequence[Zone] | None = None) -> dict[str, int]:
    """The lines that /proc/meminfo and the meminfo of a node share, in kB, by their names."""
    rows = {name: sum(total(kernel, of, zones) for of in names) * _PAGE_KB for name, names in _PAGE_ROWS.items()}
    rows["AnonPages"] = anon_pages(kernel, zones) * _PAGE_KB
    rows["AnonHugePages"] = huge_pages(kernel, zones) * _PAGE_KB
    rows["KernelStack"] = total(kernel, "nr_kernel_stack", zones) * _STACK_KB
    return rows
