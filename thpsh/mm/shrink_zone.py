"""How hard a zone, or a group in a zone, is scanned (mm/vmscan.c: get_scan_count, shrink_zone)."""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING

from thpsh.mm.compaction import CompactResult, compaction_suitable
from thpsh.mm.isolate import cull_unevictable, entries, isolate_lru_pages, lru_sizes, putback
from thpsh.mm.lru import base_pages
from thpsh.mm.page_flags import file_backed
from thpsh.mm.pagevec import lru_add_drain
from thpsh.mm.reclaim_stat import reclaim_stat
from thpsh.mm.rmap_unmap import page_referenced
from thpsh.mm.scan_control import SWAP_CLUSTER_MAX, ScanControl
from thpsh.mm.shrink_page_list import shrink_page_list
from thpsh.structs.page import Lru
from thpsh.trace.events.swap import MmVmscanLruShrinkInactive, ShrinkActiveList

if TYPE_CHECKING:
    from thpsh.mm.isolate import Batch
    from thpsh.structs.zone import Zone

EVICTABLE = (Lru.INACTIVE_ANON, Lru.ACTIVE_ANON, Lru.INACTIVE_FILE, Lru.ACTIVE_FILE)
_GIB_SHIFT = 18  # pages to GiB
_PRESSURE = 200  # what swappiness and its counterpart for files add up to


def inactive_anon_is_low(sc: ScanControl, zone: Zone) -> bool:
    """Must active anonymous pages be deactivated, so that there are enough to choose from?"""
    if not sc.kernel.swap.total:
        return False
    if sc.memcg is not None:
        return _mem_cgroup_inactive_anon_is_low(sc)
    lists = zone.lruvec.lists
    return lists[Lru.INACTIVE_ANON].nr_pages * zone.inactive_ratio < lists[Lru.ACTIVE_ANON].nr_pages


def _mem_cgroup_inactive_anon_is_low(sc: ScanControl) -> bool:
    """The same of a group, whose share of inactive pages goes by its own size in all zones."""
    sizes = [_sizes(sc, zone) for zone in sc.kernel.zones]
    inactive, active = (sum(each[kind] for each in sizes) for kind in (Lru.INACTIVE_ANON, Lru.ACTIVE_ANON))
    ratio = isqrt(10 * (inactive + active >> _GIB_SHIFT)) or 1
    return inactive * ratio < active


def _inactive_file_is_low(sc: ScanControl, zone: Zone) -> bool:
    zones = [zone] if sc.memcg is None else list(sc.kernel.zones)
    sizes = [_sizes(sc, each) for each in zones]
    inactive, active = (sum(each[kind] for each in sizes) for kind in (Lru.INACTIVE_FILE, Lru.ACTIVE_FILE))
    return active > inactive


def _sizes(sc: ScanControl, zone: Zone) -> list[int]:
    """Base pages on the five lists; a group's are counted anew only when something has moved."""
    if sc.memcg is None:
        return lru_sizes(zone, None)
    found = sc.sizes.get(zone)
    if found is None:
        found = sc.sizes[zone] = lru_sizes(zone, sc.memcg)
    return found


def _isolate(sc: ScanControl, zone: Zone, kind: Lru, count: int) -> Batch:
    """A batch off the old end of a list, once the CPU's LRU caches are empty."""
    kernel = sc.kernel
    waiting = any(pagevec.nr for pagevec in kernel.cpus[sc.cpu].pagevecs)
    lru_add_drain(kernel, sc.cpu)
    batch = isolate_lru_pages(kernel, zone, sc.memcg, kind, count, sc.order)
    if waiting or batch:
        sc.sizes.clear()
    return batch


def shrink_active_list(sc: ScanControl, zone: Zone, count: int, *, file: bool) -> None:
    """Deactivate a batch of the oldest active pages; programs in use get another round."""
    kernel = sc.kernel
    batch = _isolate(sc, zone, Lru.ACTIVE_FILE if file else Lru.ACTIVE_ANON, count)
    stat = reclaim_stat(kernel, zone, sc.memcg)
    scanned = rotated = moved = pages = 0
    for taken in batch:
        block, whole, descending = taken
        scanned += entries(block, whole)
        pages += base_pages(block, whole)
        mask = whole & ~cull_unevictable(kernel, block, whole)
        if not mask:
            continue
        used = page_referenced(kernel, block, mask, sc.memcg)
        young = used.young & mask
        rotated += base_pages(block, young) if young else 0
        stay = used.executable & young & file_backed(block, mask)
        if stay:
            putback(kernel, block, stay, active=True, descending=descending)
        if mask ^ stay:
            putback(kernel, block, mask ^ stay, active=False, descending=descending)
            moved += base_pages(block, mask ^ stay)
    if file:
        stat.recent_scanned_file += pages
        stat.recent_rotated_file += rotated
    else:
        stat.recent_scanned_anon += pages
        stat.recent_rotated_anon += rotated
    if sc.memcg is None:
        kernel.own(zone)
        zone.pages_scanned += scanned
    if scanned:
        kernel.clock.spend(scanned * kernel.cost.scan_page)
        kernel.trace.emit(ShrinkActiveList(zone.node, zone.kind.label, file, scanned, moved))


def _shrink_inactive_list(sc: ScanControl, zone: Zone, count: int, *, file: bool) -> int:
    """Reclaim from a batch of the oldest inactive pages; returns how many were freed."""
    kernel = sc.kernel
    sc.set_reclaim_mode()
    batch = _isolate(sc, zone, Lru.INACTIVE_FILE if file else Lru.INACTIVE_ANON, count)
    if not batch:
        return 0
    scanned = sum(entries(taken.block, taken.frames) for taken in batch)
    pages = sum(base_pages(taken.block, taken.frames) for taken in batch)
    stat = reclaim_stat(kernel, zone, sc.memcg)
    if file:
        stat.recent_scanned_file += pages
    else:
        stat.recent_scanned_anon += pages
    if sc.memcg is None:
        kernel.own(zone)
        zone.pages_scanned += scanned
    freed = shrink_page_list(sc, batch)
    kernel.trace.emit(MmVmscanLruShrinkInactive(zone.node, zone.kind.label, file, sc.by, scanned, freed))
    return freed


def _shrink_list(sc: ScanControl, zone: Zone, kind: Lru, count: int) -> int:
    if not kind.active:
        return _shrink_inactive_list(sc, zone, count, file=kind.file)
    if _inactive_file_is_low(sc, zone) if kind.file else inactive_anon_is_low(sc, zone):
        shrink_active_list(sc, zone, count, file=kind.file)
    return 0


def get_scan_count(sc: ScanControl, zone: Zone, priority: int) -> dict[Lru, int]:
    """How many pages of each list are to be looked at."""
    all_sizes = _sizes(sc, zone)
    sizes = {kind: all_sizes[kind] for kind in EVICTABLE}
    force = sum(sizes.values()) >> priority < SWAP_CLUSTER_MAX and (sc.kswapd or sc.memcg is not None)
    noswap = not sc.may_swap or sc.kernel.swap.free <= 0
    anon, file, denominator = (0, 1, 1) if noswap else _fractions(sc, zone, sizes)
    found = {}
    for kind, scan in sizes.items():
        if priority or noswap:
            scan = (scan >> priority) * (file if kind.file else anon) // denominator
        if not scan and force and (kind.file or not noswap):
            scan = SWAP_CLUSTER_MAX
        found[kind] = scan
    return found


def _fractions(sc: ScanControl, zone: Zone, sizes: dict[Lru, int]) -> tuple[int, int, int]:
    """The shares of anonymous and of file pages: fewer of what was found in use when it was last looked at."""
    anon = sizes[Lru.INACTIVE_ANON] + sizes[Lru.ACTIVE_ANON]
    file = sizes[Lru.INACTIVE_FILE] + sizes[Lru.ACTIVE_FILE]
    if sc.memcg is None and file + zone.free <= zone.high_wmark:
        return 1, 0, 1
    stat = reclaim_stat(sc.kernel, zone, sc.memcg)
    if stat.recent_scanned_anon > anon // 4:
        stat.recent_scanned_anon //= 2
        stat.recent_rotated_anon //= 2
    if stat.recent_scanned_file > file // 4:
        stat.recent_scanned_file //= 2
        stat.recent_rotated_file //= 2
    ap = (sc.swappiness + 1) * (stat.recent_scanned_anon + 1) // (stat.recent_rotated_anon + 1)
    fp = (_PRESSURE - sc.swappiness + 1) * (stat.recent_scanned_file + 1) // (stat.recent_rotated_file + 1)
    return ap, fp, ap + fp + 1


def shrink_zone(sc: ScanControl, zone: Zone, priority: int) -> None:
    """Scan the lists of a zone in batches, as hard as the priority says."""
    sc.priority = priority
    while True:
        scanned = sc.scanned
        freed = _shrink_once(sc, zone, priority)
        sc.reclaimed += freed
        if inactive_anon_is_low(sc, zone):
            shrink_active_list(sc, zone, SWAP_CLUSTER_MAX, file=False)
        if not _should_continue(sc, zone, freed, sc.scanned - scanned):
            return


def _shrink_once(sc: ScanControl, zone: Zone, priority: int) -> int:
    left = get_scan_count(sc, zone, priority)
    freed = 0
    while left[Lru.INACTIVE_ANON] or left[Lru.ACTIVE_FILE] or left[Lru.INACTIVE_FILE]:
        for kind in EVICTABLE:
            count = min(left[kind], SWAP_CLUSTER_MAX)
            if count:
                left[kind] -= count
                freed += _shrink_list(sc, zone, kind, count)
        if freed >= sc.to_reclaim and priority < 12:
            break
    return freed


def _should_continue(sc: ScanControl, zone: Zone, freed: int, scanned: int) -> bool:
    """Reclaim on behalf of compaction goes on until that has room to work (should_continue_reclaim).

    Not after a last batch of which pages had to be kept (reset_reclaim_mode).
    """
    if not sc.compacting or not (freed or (sc.repeat and scanned)):
        return False
    wanted = 2 << sc.order
    sizes = _sizes(sc, zone)
    inactive = sizes[Lru.INACTIVE_ANON] + sizes[Lru.INACTIVE_FILE]
    if sc.reclaimed < wanted and inactive > wanted:
        return True
    return compaction_suitable(sc.kernel, zone, sc.order) is CompactResult.SKIPPED
