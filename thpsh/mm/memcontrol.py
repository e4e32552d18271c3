"""Charging pages to memory cgroups (mm/memcontrol.c). The root group is counted, never limited."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup


def charge_rss(kernel: Kernel, memcg: MemCgroup, pages: int, calls: int) -> None:
    """Count anonymous pages of a group, charged in so many calls (mem_cgroup_charge_statistics)."""
    stat = memcg.stat
    kernel.own(stat)
    stat.rss += pages
    stat.pgpgin += calls


def uncharge_rss(kernel: Kernel, memcg: MemCgroup | None, pages: int, calls: int) -> None:
    """Take anonymous pages off a group's count when their last mapping goes (page_remove_rmap)."""
    if memcg is not None:
        stat = memcg.stat
        kernel.own(stat)
        stat.rss -= pages
        stat.pgpgout += calls


def charge_cache(kernel: Kernel, memcg: MemCgroup, pages: int) -> None:
    """Count pages of the page cache."""
    stat = memcg.stat
    kernel.own(stat)
    stat.cache += pages
    stat.pgpgin += pages


def uncharge_cache(kernel: Kernel, memcg: MemCgroup | None, pages: int) -> None:
    """Take pages of the page cache off a group's count."""
    if memcg is not None:
        stat = memcg.stat
        kernel.own(stat)
        stat.cache -= pages
        stat.pgpgout += pages
