"""/sys/devices/system/node (drivers/base/node.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.counters import memory_kb, total, value, zone_counters
from thpsh.fs.cpu_mask import cpu_list, mask_words
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.compaction import compact_node

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import Node

ROOT: Final = "/sys/devices/system/node"
_KB: Final = 4
_NAMES: Final = (
    "MemTotal", "MemFree", "MemUsed", "Active", "Inactive", "Active(anon)", "Inactive(anon)", "Active(file)",
    "Inactive(file)", "Unevictable", "Mlocked", "Dirty", "Writeback", "FilePages", "Mapped", "AnonPages", "Shmem",
    "KernelStack", "PageTables", "NFS_Unstable", "Bounce", "WritebackTmp", "Slab", "SReclaimable", "SUnreclaim",
)  # fmt: skip
_NR_CPUS: Final = 8  # of the captured kernel; more where the host has more


def node_of(place: Place) -> Node:
    """The node whose file it is."""
    if place.node is None:
        raise KernelError(Errno.ENOENT, "this host has no such node")
    return place.node


def _meminfo(place: Place) -> str:
    kernel, node = place.kernel, node_of(place)
    zones = node.zones
    usable = sum(last - first for zone in zones for first, last in zone.usable)

    rows = memory_kb(kernel, zones)
    rows |= {"MemTotal": usable * _KB, "MemUsed": usable * _KB - rows["MemFree"]}
    gauge = kernel.features.thp_gauges and kernel.build.thp != "off"
    names = (*_NAMES, "AnonHugePages") if gauge else _NAMES
    lines = [f"Node {node.nid} {name + ':':<15} {rows[name]:8d} kB" for name in names]
    pool = kernel.hugetlb.nodes[node.nid]
    counts = {"Total": pool.pages, "Free": len(pool.free), "Surp": pool.surplus}
    lines += [f"Node {node.nid} HugePages_{name + ':':<6} {number:5d}" for name, number in counts.items()]
    return "\n".join(lines) + "\n"


def _vmstat(place: Place) -> str:
    kernel, node = place.kernel, node_of(place)
    names = zone_counters(kernel) if kernel.features.node_vmstat_all else ("nr_written", "nr_dirtied")
    return "".join(f"{name} {total(kernel, name, node.zones)}\n" for name in names)


def _numastat(place: Place) -> str:
    kernel, node = place.kernel, node_of(place)
    names = {
        "numa_hit": "numa_hit", "numa_miss": "numa_miss", "numa_foreign": "numa_foreign",
        "interleave_hit": "numa_interleave", "local_node": "numa_local", "other_node": "numa_other",
    }  # fmt: skip
    return "".join(f"{name} {sum(value(kernel, zone, of) for zone in node.zones)}\n" for name, of in names.items())


def _compact_store(place: Place, text: str) -> int:
    """Whatever is written compacts the node (sysfs_compact_node)."""
    compact_node(place.kernel, 0, node_of(place))
    return len(text)


def _no_scan(_place: Place) -> str:
    return "0\n"


def _scan_store(place: Place, _text: str) -> int:
    """One byte is taken, whatever it is; pages that could be evicted are never on the unevictable lists anyhow."""
    node_of(place)
    return 1


def _distance(place: Place) -> str:
    return " ".join(str(distance) for distance in node_of(place).distances) + "\n"


def _cpulist(place: Place) -> str:
    return cpu_list(node_of(place).cpus) + "\n"


def _cpumap(place: Place) -> str:
    return mask_words(node_of(place).cpus, max(_NR_CPUS, len(place.kernel.cpus))) + "\n"


def _nodes(place: Place) -> str:
    return cpu_list(node.nid for node in place.kernel.nodes) + "\n"


def _with_memory(place: Place) -> str:
    return cpu_list(node.nid for node in place.kernel.nodes if node.zones) + "\n"


def _with_cpus(_place: Place) -> str:
    """Nothing: 3.0 notes only CPUs that come later."""
    return "\n"


def _numa(kernel: Kernel) -> bool:
    return kernel.build.numa


FILES = (
    VFile(f"{ROOT}/NODE/meminfo", _meminfo, exists=_numa),
    VFile(f"{ROOT}/NODE/numastat", _numastat, exists=_numa),
    VFile(f"{ROOT}/NODE/vmstat", _vmstat, exists=_numa),
    VFile(f"{ROOT}/NODE/distance", _distance, exists=_numa),
    VFile(f"{ROOT}/NODE/cpulist", _cpulist, exists=_numa),
    VFile(f"{ROOT}/NODE/cpumap", _cpumap, exists=_numa),
    VFile(f"{ROOT}/NODE/compact", None, _compact_store, 0o200, exists=_numa),
    VFile(f"{ROOT}/NODE/scan_unevictable_pages", _no_scan, _scan_store, 0o644, exists=_numa),
    VFile(f"{ROOT}/online", _nodes, exists=_numa),
    VFile(f"{ROOT}/possible", _nodes, exists=_numa),
    VFile(f"{ROOT}/has_normal_memory", _with_memory, exists=_numa),
    VFile(f"{ROOT}/has_cpu", _with_cpus, exists=_numa),
)
