"""All counters at one moment, for `stat`: vm events, and the gauges of the zones that commands move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from thpsh.observe.vm_events import VmEvents
    from thpsh.structs.kernel import Kernel

_GAUGES: Final = ("nr_anon_pages", "nr_anon_transparent_hugepages", "nr_page_table_pages", "nr_mlock", "nr_shmem")


def counters(kernel: Kernel, events: VmEvents) -> dict[str, int]:
    """The counters by name; an event that never happened has no entry."""
    found = dict(events.counts)
    zones = kernel.zones
    for name in _GAUGES:
        found[name] = sum(getattr(zone.stat, name) for zone in zones)
    found["nr_free_pages"] = sum(zone.free for zone in zones)
    return found
