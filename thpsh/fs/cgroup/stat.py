"""memory.stat and memory.numa_stat (mm/memcontrol.c: mem_control_stat_show, mem_control_numa_stat_show)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.fs.cgroup.cftype import cftype, has_memcg
from thpsh.mm.vmscan import mem_cgroup_lru_pages
from thpsh.structs.page import PAGE_SHIFT, Lru

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup

_SIZES: Final = ("cache", "rss", "mapped_file")
_EVENTS: Final = ("pgpgin", "pgpgout")
_FAULTS: Final = ("pgfault", "pgmajfault")


def _local(kernel: Kernel, memcg: MemCgroup) -> dict[str, int]:
    """The lines of one group alone."""
    stat = memcg.stat
    found = {name: getattr(stat, name) << PAGE_SHIFT for name in _SIZES}
    found |= {name: getattr(stat, name) for name in _EVENTS}
    found["swap"] = stat.swap << PAGE_SHIFT
    if kernel.features.memcg_fault_stats:
        found |= {name: getattr(stat, name) for name in _FAULTS}
    for kind in Lru:
        found[kind.name.lower()] = mem_cgroup_lru_pages(kernel, memcg, kind) << PAGE_SHIFT
    return found


def hierarchical_limits(memcg: MemCgroup) -> tuple[int, int]:
    """The lowest limits, of memory and of memory+swap, that bind a group (memcg_get_hierarchical_limit)."""
    limit, memsw = memcg.res.limit, memcg.memsw.limit
    above = memcg.parent if memcg.use_hierarchy else None
    while above is not None and above.use_hierarchy:
        limit, memsw = min(limit, above.res.limit), min(memsw, above.memsw.limit)
        above = above.parent
    return limit, memsw


def _show_stat(kernel: Kernel, memcg: MemCgroup) -> str:
    own = _local(kernel, memcg)
    total = dict.fromkeys(own, 0)
    for each in memcg.subtree():
        for name, value in _local(kernel, each).items():
            total[name] += value
    limit, memsw = hierarchical_limits(memcg)
    lines = [f"{name} {value}" for name, value in own.items()]
    lines += [f"hierarchical_memory_limit {limit}", f"hierarchical_memsw_limit {memsw}"]
    lines += [f"total_{name} {value}" for name, value in total.items()]
    if kernel.build.debug_vm:
        lines += _debug_lines(kernel, memcg)
    return "\n".join(lines) + "\n"


def _debug_lines(kernel: Kernel, memcg: MemCgroup) -> list[str]:
    """What kernels with memory debugging add: the ratio and sums of what reclaim has learnt."""
    anon = sum(mem_cgroup_lru_pages(kernel, memcg, kind) for kind in (Lru.ACTIVE_ANON, Lru.INACTIVE_ANON))
    gigabytes = anon >> (30 - PAGE_SHIFT)
    ratio = max(1, int((10 * gigabytes) ** 0.5))
    names = ("recent_rotated_anon", "recent_rotated_file", "recent_scanned_anon", "recent_scanned_file")
    sums = [f"{name} {sum(getattr(lruvec, name) for lruvec in memcg.lruvecs.values())}" for name in names]
    return [f"inactive_ratio {ratio}", *sums]


def _show_numa_stat(kernel: Kernel, memcg: MemCgroup) -> str:
    lines = []
    for name, kinds in (
        ("total", tuple(Lru)),
        ("file", (Lru.INACTIVE_FILE, Lru.ACTIVE_FILE)),
        ("anon", (Lru.INACTIVE_ANON, Lru.ACTIVE_ANON)),
        ("unevictable", (Lru.UNEVICTABLE,)),
    ):
        nodes = [sum(mem_cgroup_lru_pages(kernel, memcg, kind, node.zones) for kind in kinds) for node in kernel.nodes]
        lines.append(f"{name}={sum(nodes)} " + " ".join(f"N{nid}={count}" for nid, count in enumerate(nodes)))
    return "\n".join(lines) + "\n"


def _has_numa_stat(kernel: Kernel) -> bool:
    return has_memcg(kernel) and kernel.build.numa and kernel.features.memcg_numa_stat


FILES: Final = (
    cftype("memory.stat", _show_stat),
    cftype("memory.numa_stat", _show_numa_stat, exists=_has_numa_stat),
)
