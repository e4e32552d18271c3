"""/sys/devices/system/node (drivers/base/node.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.counters import anon_pages, huge_pages, total, value, zone_counters
from thpsh.fs.cpu_mask import cpu_list, mask_words
from thpsh.fs.vfile import Place, VFile

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import Node

ROOT: Final = "/sys/devices/system/node"
_KB: Final = 4
_STACK_KB: Final = 8
_NR_CPUS: Final = 8  # of the captured kernel; more where the host has more


def node_of(place: Place) -> Node:
    """The node whose file it is."""
    if place.node is None:
        raise KernelError(Errno.ENOENT)
    return place.node


def _meminfo(place: Place) -> str:
    kernel, node = place.kernel, node_of(place)
    zones = node.zones
    usable = sum(last - first for zone in zones for first, last in zone.usable)

    def pages(*names: str) -> int:
        return sum(total(kernel, name, zones) for name in names) * _KB

    free = pages("nr_free_pages")
    rows = [
        ("MemTotal", usable * _KB),
        ("MemFree", free),
        ("MemUsed", usable * _KB - free),
        ("Active", pages("nr_active_anon", "nr_active_file")),
        ("Inactive", pages("nr_inactive_anon", "nr_inactive_file")),
        ("Active(anon)", pages("nr_active_anon")),
        ("Inactive(anon)", pages("nr_inactive_anon")),
        ("Active(file)", pages("nr_active_file")),
        ("Inactive(file)", pages("nr_inactive_file")),
        ("Unevictable", pages("nr_unevictable")),
        ("Mlocked", pages("nr_mlock")),
        ("Dirty", pages("nr_dirty")),
        ("Writeback", pages("nr_writeback")),
        ("FilePages", pages("nr_file_pages")),
        ("Mapped", pages("nr_mapped")),
        ("AnonPages", anon_pages(kernel, zones) * _KB),
        ("Shmem", pages("nr_shmem")),
        ("KernelStack", total(kernel, "nr_kernel_stack", zones) * _STACK_KB),
        ("PageTables", pages("nr_page_table_pages")),
        ("NFS_Unstable", 0),
        ("Bounce", 0),
        ("WritebackTmp", 0),
        ("Slab", pages("nr_slab_reclaimable", "nr_slab_unreclaimable")),
        ("SReclaimable", pages("nr_slab_reclaimable")),
        ("SUnreclaim", pages("nr_slab_unreclaimable")),
    ]
    if kernel.features.thp_gauges and kernel.build.thp != "off":
        rows.append(("AnonHugePages", huge_pages(kernel, zones) * _KB))
    lines = [f"Node {node.nid} {name + ':':<15} {number:8d} kB" for name, number in rows]
    lines += [f"Node {node.nid} HugePages_{name + ':':<6} {0:5d}" for name in ("Total", "Free", "Surp")]
    return "\n".join(lines) + "\n"


def _vmstat(place: Place) -> str:
    kernel, node = place.kernel, node_of(place)
    return "".join(f"{name} {total(kernel, name, node.zones)}\n" for name in zone_counters(kernel))


def _numastat(place: Place) -> str:
    kernel, node = place.kernel, node_of(place)
    names = {
        "numa_hit": "numa_hit", "numa_miss": "numa_miss", "numa_foreign": "numa_foreign",
        "interleave_hit": "numa_interleave", "local_node": "numa_local", "other_node": "numa_other",
    }  # fmt: skip
    return "".join(f"{name} {sum(value(kernel, zone, of) for zone in node.zones)}\n" for name, of in names.items())


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
    VFile(f"{ROOT}/online", _nodes, exists=_numa),
    VFile(f"{ROOT}/possible", _nodes, exists=_numa),
    VFile(f"{ROOT}/has_normal_memory", _with_memory, exists=_numa),
    VFile(f"{ROOT}/has_cpu", _with_cpus, exists=_numa),
)
