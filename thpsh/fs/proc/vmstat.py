"""/proc/vmstat (mm/vmstat.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.fs.counters import total, zone_counters
from thpsh.fs.vfile import Place, VFile
from thpsh.structs.page import PAGE_SIZE

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel

_ZONES: Final = ("dma", "dma32", "normal", "movable")
_PERCENT: Final = 100
_DIRTYABLE: Final = ("nr_free_pages", "nr_inactive_file", "nr_active_file")
_ANON: Final = ("nr_inactive_anon", "nr_active_anon")


def _by_zone(*names: str) -> list[str]:
    return [f"{name}_{zone}" for name in names for zone in _ZONES]


def event_counters(kernel: Kernel) -> list[str]:
    """The names of the event counters that this kernel has, in its order."""
    names = ["pgpgin", "pgpgout", "pswpin", "pswpout", *_by_zone("pgalloc")]
    names += ["pgfree", "pgactivate", "pgdeactivate", "pgfault", "pgmajfault"]
    names += _by_zone("pgrefill", "pgsteal", "pgscan_kswapd", "pgscan_direct")
    if kernel.build.numa:
        names.append("zone_reclaim_failed")
    names += [
        "pginodesteal", "slabs_scanned", "kswapd_steal", "kswapd_inodesteal", "kswapd_low_wmark_hit_quickly",
        "kswapd_high_wmark_hit_quickly", "kswapd_skip_congestion_wait", "pageoutrun", "allocstall", "pgrotated",
        "compact_blocks_moved", "compact_pages_moved", "compact_pagemigrate_failed", "compact_stall", "compact_fail",
        "compact_success", "htlb_buddy_alloc_success", "htlb_buddy_alloc_fail", "unevictable_pgs_culled",
        "unevictable_pgs_scanned", "unevictable_pgs_rescued", "unevictable_pgs_mlocked", "unevictable_pgs_munlocked",
        "unevictable_pgs_cleared", "unevictable_pgs_stranded", "unevictable_pgs_mlockfreed",
    ]  # fmt: skip
    if kernel.features.thp_vm_events and kernel.build.thp != "off":
        names += [
            "thp_fault_alloc", "thp_fault_fallback", "thp_collapse_alloc", "thp_collapse_alloc_failed", "thp_split",
        ]  # fmt: skip
    return names


def dirty_limits(kernel: Kernel) -> tuple[int, int]:
    """Pages that may be dirty, and from which on writeback starts in the background (global_dirty_limits)."""
    names = _DIRTYABLE + (_ANON if kernel.swap.free > 0 else ())
    memory = 1 + sum(total(kernel, name) for name in names)
    sysctl = kernel.sysctl
    dirty = -(-sysctl.dirty_bytes // PAGE_SIZE) or memory * sysctl.dirty_ratio // _PERCENT
    background = -(-sysctl.dirty_background_bytes // PAGE_SIZE) or memory * sysctl.dirty_background_ratio // _PERCENT
    return dirty, dirty // 2 if background >= dirty else background


def _show(place: Place) -> str:
    kernel, events = place.kernel, place.machine.vm_events
    rows = [(name, total(kernel, name)) for name in zone_counters(kernel)]
    dirty, background = dirty_limits(kernel)
    rows += [("nr_dirty_threshold", dirty), ("nr_dirty_background_threshold", background)]
    rows += [(name, events.get(name)) for name in event_counters(kernel)]
    return "".join(f"{name} {number}\n" for name, number in rows)


FILES = (VFile("/proc/vmstat", _show),)
