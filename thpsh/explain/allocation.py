"""Is there a huge page to be had, and room in the group: what the allocator and the memcg are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.compaction import CompactResult, compaction_suitable
from thpsh.mm.freelist import FAST, SLOW, marks
from thpsh.mm.huge_memory.policy import alloc_hugepage_gfp
from thpsh.mm.memcg_charge import room_pages
from thpsh.mm.page_alloc import zonelist
from thpsh.mm.watermark import large_free, zone_watermark_ok
from thpsh.structs.page import HPAGE_NR, HPAGE_ORDER
from thpsh.structs.sizes import format_size

if TYPE_CHECKING:
    from thpsh.explain.check import Decision
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.mempolicy import Placement
    from thpsh.structs.zone import Zone

_HUGE: Final = HPAGE_NR << 12


def ask_allocation(kernel: Kernel, found: Decision, place: Placement, *, defrag: bool) -> None:
    """Is a block of 2 MiB free above the marks, or can compaction be asked to make one?"""
    gfp = alloc_hugepage_gfp(defrag)
    zones = zonelist(kernel, place, gfp)
    for look in (FAST, SLOW):
        for zone in zones:
            mark = marks(zone, gfp)[look]
            if zone_watermark_ok(zone, HPAGE_ORDER, mark, zones[0].kind):
                text = f"{_zone(zone)}: {large_free(zone) // HPAGE_NR} blocks free, above the mark of {mark} pages"
                found.ask("alloc", "get_page_from_freelist", "a block of 2 MiB is free", text, holds=True)
                return
    text = ", ".join(f"{_zone(zone)}: {large_free(zone) // HPAGE_NR} blocks, {zone.free} pages free" for zone in zones)
    found.ask("alloc", "get_page_from_freelist", "a block of 2 MiB is free", text or "no zone allowed", holds=False)
    _ask_compaction(kernel, found, zones, defrag=defrag)


def _ask_compaction(kernel: Kernel, found: Decision, zones: tuple[Zone, ...], *, defrag: bool) -> None:
    asks = "or compaction may make one"
    if not defrag:
        found.ask("defrag", "alloc_hugepage_gfpmask", asks, "not by `defrag`: no waiting", holds=False)
        return
    if not zones:
        return
    state = zones[0].compaction
    left = (1 << state.shift) - state.considered - 1
    if state.shift and left > 0:
        text = f"deferred for {left} more attempts, since it failed"
        found.ask("deferred", "compaction_deferred", asks, text, holds=False)
        return
    able = [_zone(zone) for zone in zones if compaction_suitable(kernel, zone, HPAGE_ORDER) is CompactResult.CONTINUE]
    text = f"worth trying in {', '.join(able)}" if able else "too little free memory, or fragmentation is not the cause"
    found.ask("suitable", "compaction_suitable", asks, text, holds=bool(able))


def ask_charge(kernel: Kernel, found: Decision, memcg: MemCgroup) -> None:
    """Do 512 pages fit under the limits of a group and those above it?"""
    if memcg.parent is None:
        return
    if not kernel.features.memcg_huge_charge:
        found.ask("charge", "mem_cgroup_newpage_charge", "room in the group", "huge pages are not charged", holds=True)
        return
    room = max(0, room_pages(memcg)) << 12
    text = f"{memcg.path}: room for {format_size(room)}" if room < 1 << 40 else f"{memcg.path}: no limit"
    found.ask("charge", "mem_cgroup_newpage_charge", "room for 2 MiB in the group", text, holds=room >= _HUGE)


def _zone(zone: Zone) -> str:
    return f"node {zone.node} {zone.kind.label}"
