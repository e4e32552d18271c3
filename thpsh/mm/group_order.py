"""The order of the list of a group, which is not quite that of its zone's (mm/memcontrol.c: mem_cgroup_per_zone).

A group's list is the zone's, cut to its pages; the two differ where a page came to one list but not to the other, or
to another place. Stamps tell the order: those of most entries grow along the zone's list, those of late ones are higher
than their place tells. Only who asks for it pays for it: entries get their stamps late, and whatever has none is newer
than whatever has one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.lru import LruEntry, LruList
    from thpsh.structs.pageblock import Pageblock


def settle(kernel: Kernel, listed: LruList) -> None:
    """Give all entries of a list their stamps: the higher, the newer on the list of a group."""
    kernel.own(listed)
    fresh = []
    entry = listed.newest
    while entry is not None and entry not in listed.stamps and entry not in listed.late:
        fresh.append(entry)
        entry = entry.older
    for each in reversed(fresh):
        listed.stamp += 1
        listed.stamps[each] = listed.stamp


def stamp_of(entry: LruEntry) -> int:
    """The stamp of an entry of a settled list."""
    listed = entry.home
    return listed.late[entry] if entry in listed.late else listed.stamps[entry]


def matters(block: Pageblock) -> bool:
    """Are pages of a pageblock on the list of a group other than the root?"""
    return any(owner.memcg is not None and owner.memcg.parent is not None for owner in block.owners)


def make_newest(kernel: Kernel, entry: LruEntry) -> None:
    """An entry becomes the newest of its group, wherever it stands on the zone's list."""
    listed = entry.home
    settle(kernel, listed)
    forget_stamp(entry)
    listed.stamp += 1
    (listed.stamps if listed.newest is entry else listed.late)[entry] = listed.stamp


def is_newest(entry: LruEntry) -> bool:
    """Is the newest entry of a zone's list that of its group's, too?"""
    listed = entry.home
    return listed.stamps.get(entry, listed.late.get(entry, listed.stamp)) == listed.stamp


def make_oldest(entry: LruEntry) -> None:
    """An entry was put to the old end of its list, which is the caller's to own."""
    listed = entry.home
    if listed.stamps or listed.late:
        listed.floor -= 1
        listed.stamps[entry] = listed.floor


def pass_on(entry: LruEntry, other: LruEntry) -> None:
    """A part of an entry has one of its own now, or an entry has another in its place: it is as old."""
    listed = entry.home
    for stamps in (listed.stamps, listed.late):
        if entry in stamps:
            stamps[other] = stamps[entry]


def forget_stamp(entry: LruEntry) -> None:
    """An entry leaves its list, which is the caller's to own."""
    listed = entry.home
    listed.stamps.pop(entry, None)
    listed.late.pop(entry, None)
