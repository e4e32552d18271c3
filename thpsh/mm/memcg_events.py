"""What a group notes now and then: how far it is above its soft limit (mm/memcontrol.c: memcg_check_events).

Charges and what is given back are counted page by page; about every thousandth of these events the group takes its
place in the tree of those above their soft limit, and wants to know anew on which nodes it has pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.res_counter import soft_limit_excess

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.zone import Zone

_CHECK: Final = 128 + 1  # events from one look to the next: THRESHOLDS_EVENTS_TARGET is passed
_TARGET: Final = 1024  # SOFTLIMIT_EVENTS_TARGET, NUMAINFO_EVENTS_TARGET
_PERIOD: Final = -(-(_TARGET + 1) // _CHECK) * _CHECK  # events from one note to the next, as looks are needed for it


def count_events(kernel: Kernel, memcg: MemCgroup, pages: int) -> None:
    """Count pages charged or given back; the statistics are the caller's, who owns them.

    Nobody wants to know of the root group, which has no charges of its own.
    """
    stat = memcg.stat
    stat.events += pages
    if stat.events >= stat.next_note:
        stat.next_note += ((stat.events - stat.next_note) // _PERIOD + 1) * _PERIOD
        update_tree(kernel, memcg)
        if not memcg.numainfo_events:
            kernel.own(memcg)
            memcg.numainfo_events = True


def update_tree(kernel: Kernel, memcg: MemCgroup) -> None:
    """Give a group, and those above it in its hierarchy, their places in the trees (mem_cgroup_update_tree).

    The kernel does so in the zone of the page at hand; here it is all zones, and who has no page there is passed over.
    """
    each: MemCgroup | None = memcg
    while each is not None:
        excess = soft_limit_excess(each.res)
        for zone in kernel.zones if excess or kernel.tables.soft_limit_tree else ():
            if excess or each in _tree(kernel, zone):
                insert_exceeded(kernel, zone, each, excess)
        each = each.parent if each.res.parent is not None else None


def _tree(kernel: Kernel, zone: Zone) -> dict[MemCgroup, int]:
    return kernel.tables.soft_limit_tree.get((zone.node, zone.kind), {})


def insert_exceeded(kernel: Kernel, zone: Zone, memcg: MemCgroup, excess: int) -> None:
    """Put a group where it belongs in the tree of a zone, behind others with the same excess; without any it leaves."""
    tree = {other: more for other, more in _tree(kernel, zone).items() if other is not memcg}
    if excess:
        tree[memcg] = excess
    kernel.own(kernel.tables)
    kernel.tables.soft_limit_tree[zone.node, zone.kind] = tree


def largest_soft_limit_node(kernel: Kernel, zone: Zone) -> MemCgroup | None:
    """Take the group that was furthest above its soft limit out of a zone's tree; one that still is above it."""
    while tree := _tree(kernel, zone):
        memcg = max(reversed(list(tree)), key=tree.__getitem__)
        insert_exceeded(kernel, zone, memcg, 0)
        if soft_limit_excess(memcg.res) and not memcg.removed:
            return memcg
    return None
