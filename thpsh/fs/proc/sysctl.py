"""/proc/sys/vm (kernel/sysctl.c: vm_table; its handlers in mm/page_alloc.c, page-writeback.c, compaction.c)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from thpsh.fs.sysctl import Bounds, int_vector, show_vector, ulong_vector
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.compaction import CompactResult, compact_node
from thpsh.mm.drop_caches import drop_caches
from thpsh.mm.watermark import setup_per_zone_lowmem_reserve, setup_per_zone_wmarks
from thpsh.mm.zonelist import build_zonelists, far_apart, zonelists_text
from thpsh.structs.page import PAGE_SIZE
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.structs.kernel import Kernel

ROOT: Final = "/proc/sys/vm"
_RW: Final = 0o644
_ANY: Final = Bounds()
_NATURAL: Final = Bounds(0)
_SWITCH: Final = Bounds(0, 1)
_THREE: Final = Bounds(0, 2)
_SHARE: Final = Bounds(0, 100)

# Files of one int; where the kernel's table names a minimum that its handler does not look at, any number is taken.
_INTS: Final = {
    "block_dump": _ANY, "dirty_expire_centisecs": _NATURAL,
    "hugepages_treat_as_movable": _ANY, "hugetlb_shm_group": _ANY, "laptop_mode": _ANY, "legacy_va_layout": _ANY,
    "max_map_count": _NATURAL, "memory_failure_early_kill": _SWITCH, "memory_failure_recovery": _SWITCH,
    "min_slab_ratio": _SHARE, "min_unmapped_ratio": _SHARE, "oom_dump_tasks": _ANY, "oom_kill_allocating_task": _ANY,
    "overcommit_memory": _THREE, "overcommit_ratio": _ANY, "page_cluster": _NATURAL, "panic_on_oom": _THREE,
    "stat_interval": _ANY, "swappiness": _SHARE, "vfs_cache_pressure": _ANY, "zone_reclaim_mode": _ANY,
}  # fmt: skip
# Handlers that lose the error: what is no number, or out of bounds, is success and changes nothing.
_FORGIVING: Final = {"dirty_writeback_centisecs": _ANY, "extfrag_threshold": Bounds(0, 1000)}
_BYTES: Final = {"dirty_background_bytes": Bounds(1), "dirty_bytes": Bounds(2 * PAGE_SIZE)}
_DIRTY: Final = (*_BYTES, "dirty_background_ratio", "dirty_ratio")
_NUMA_ONLY: Final = frozenset({"min_slab_ratio", "min_unmapped_ratio", "zone_reclaim_mode", "numa_zonelist_order"})
_SMALLEST_FRACTION: Final = 8
_LARGEST_BATCH: Final = 96
_LONGEST_ORDER: Final = 15
_ORDERS: Final = {"d": "default", "n": "node", "z": "zone"}


def _show(name: str, place: Place) -> str:
    return show_vector([getattr(place.kernel.sysctl, name)])


def _set(kernel: Kernel, name: str, value: int | None) -> None:
    if value is not None:
        kernel.own(kernel.sysctl)
        setattr(kernel.sysctl, name, value)


def _store_int(name: str, bounds: Bounds, place: Place, text: str) -> int:
    found = int_vector(text, 1, bounds).checked()
    _set(place.kernel, name, found.values[0])
    return found.used


def _store_forgiving(name: str, bounds: Bounds, place: Place, text: str) -> int:
    found = int_vector(text, 1, bounds)
    for value in found.values:
        _set(place.kernel, name, value)
    return found.used


def _store_ulong(name: str, place: Place, text: str) -> int:
    """A number that may not be negative; one that is, is passed over in silence."""
    found = ulong_vector(text, 1, _ANY).checked()
    _set(place.kernel, name, found.values[0])
    return found.used


def _store_dirty(name: str, place: Place, text: str) -> int:
    """Of ratio and bytes one counts: the other becomes 0, in the foreground only if something changed."""
    kernel = place.kernel
    old = getattr(kernel.sysctl, name)
    found = (ulong_vector(text, 1, _BYTES[name]) if name in _BYTES else int_vector(text, 1, _SHARE)).checked()
    _set(kernel, name, found.values[0])
    if "background" in name or getattr(kernel.sysctl, name) != old:
        stem, _, kind = name.rpartition("_")
        _set(kernel, f"{stem}_{'ratio' if kind == 'bytes' else 'bytes'}", 0)
    return found.used


def _store_min_free(place: Place, text: str) -> int:
    """Any number is taken and every error ignored; watermarks and Reserve pageblocks follow in any case."""
    used = _store_forgiving("min_free_kbytes", _ANY, place, text)
    setup_per_zone_wmarks(place.kernel)
    return used


def _show_ratios(place: Place) -> str:
    return show_vector(place.kernel.sysctl.lowmem_reserve_ratio)


def _store_ratios(place: Place, text: str) -> int:
    """As many as there are numbers; below 1 counts as 1, and what is no number ends the list in silence."""
    kernel = place.kernel
    old = kernel.sysctl.lowmem_reserve_ratio
    found = int_vector(text, len(old), _ANY)
    new = [value for value in found.values if value is not None]
    kernel.own(kernel.sysctl)
    kernel.sysctl.lowmem_reserve_ratio = [max(1, ratio) for ratio in (*new, *old[len(new) :])]
    setup_per_zone_lowmem_reserve(kernel)
    return found.used


def _store_fraction(place: Place, text: str) -> int:
    """The page lists of every CPU may hold that fraction of their zone; there is no way back to 0."""
    kernel = place.kernel
    found = int_vector(text, 1, Bounds(_SMALLEST_FRACTION)).checked()
    fraction = found.values[0] or _SMALLEST_FRACTION
    _set(kernel, "percpu_pagelist_fraction", fraction)
    for zone in kernel.zones:
        for pcp in zone.pcp:
            kernel.own(pcp)
            pcp.high = zone.present // fraction
            pcp.batch = max(1, min(pcp.high // 4, _LARGEST_BATCH))
    return found.used


def _store_scan(_place: Place, text: str) -> int:
    """Look for evictable pages on the unevictable lists: there never are any, and the file reads 0 again."""
    return ulong_vector(text, 1, _ANY).used


def _store_compact(place: Place, _text: str) -> int:
    """Whatever is written compacts all nodes; the handler hands on how that ended, 3, as the number of bytes taken."""
    for node in place.kernel.nodes:
        compact_node(place.kernel, 0, node)
    return CompactResult.COMPLETE


def _store_drop_caches(place: Place, text: str) -> int:
    """Clean page cache goes with 1 and 3."""
    used = _store_int("drop_caches", Bounds(1, 3), place, text)
    drop_caches(place.kernel, place.kernel.sysctl.drop_caches)
    return used


def _store_order(place: Place, text: str) -> int:
    """The first letter decides: default, node or zone; another word is success, but ignored with a warning."""
    kernel = place.kernel
    word = text.partition("\n")[0].partition("\0")[0][:_LONGEST_ORDER]
    chosen = _ORDERS.get(word[:1].lower())
    if chosen is None:
        kernel.trace.emit(Printk(f"Ignoring invalid numa_zonelist_order value:  {word}"))
        return len(text)
    kernel.own(kernel.sysctl)
    before = _ORDERS[kernel.sysctl.numa_zonelist_order[0].lower()]
    kernel.sysctl.numa_zonelist_order = word
    if chosen != before:
        _rebuild_zonelists(kernel, chosen)
    return len(text)


def _rebuild_zonelists(kernel: Kernel, wanted: str) -> None:
    """What another order means, and what the log says of it (build_all_zonelists)."""
    for node in kernel.nodes:
        kernel.own(node)
    build_zonelists(kernel.nodes, wanted)
    if far_apart(kernel):
        kernel.sysctl.zone_reclaim_mode = 1
    kernel.trace.emit(Printk("\n".join(zonelists_text(kernel, wanted))))


def _numa(kernel: Kernel) -> bool:
    return kernel.build.numa


def _file(
    name: str,
    show: Callable[[Place], str] | None,
    store: Callable[[Place, str], int] | None = None,
    mode: int = _RW,
) -> VFile:
    shown = name.replace("page_cluster", "page-cluster")
    return VFile(f"{ROOT}/{shown}", show, store, mode, exists=_numa if name in _NUMA_ONLY else None)


def _empty(_place: Place) -> str:
    return "0\n"


FILES = (
    *(_file(name, partial(_show, name), partial(_store_int, name, bounds)) for name, bounds in _INTS.items()),
    *(_file(name, partial(_show, name), partial(_store_forgiving, name, b)) for name, b in _FORGIVING.items()),
    *(_file(name, partial(_show, name), partial(_store_dirty, name)) for name in _DIRTY),
    _file("mmap_min_addr", partial(_show, "mmap_min_addr"), partial(_store_ulong, "mmap_min_addr")),
    _file("min_free_kbytes", partial(_show, "min_free_kbytes"), _store_min_free),
    _file("lowmem_reserve_ratio", _show_ratios, _store_ratios),
    _file("percpu_pagelist_fraction", partial(_show, "percpu_pagelist_fraction"), _store_fraction),
    _file("scan_unevictable_pages", _empty, _store_scan),
    _file("drop_caches", partial(_show, "drop_caches"), _store_drop_caches),
    _file("compact_memory", None, _store_compact, 0o200),
    _file("numa_zonelist_order", partial(_show, "numa_zonelist_order"), _store_order),
    _file("nr_pdflush_threads", _empty, mode=0o444),
)
