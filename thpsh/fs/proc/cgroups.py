"""/proc/cgroups (kernel/cgroup.c: proc_cgroupstats_show); only the memory controller is mounted here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.fs.cgroup.cftype import has_memcg
from thpsh.fs.vfile import VFile
from thpsh.mm.cgroup import all_groups

if TYPE_CHECKING:
    from thpsh.fs.vfile import Place

_SUBSYSTEMS: Final = ("cpuset", "cpuacct", "memory", "freezer")


def _show(place: Place) -> str:
    lines = ["#subsys_name\thierarchy\tnum_cgroups\tenabled"]
    for name in _SUBSYSTEMS:
        mounted = name == "memory"
        lines.append(f"{name}\t{mounted:d}\t{len(all_groups(place.kernel)) if mounted else 1}\t1")
    return "\n".join(lines) + "\n"


FILES = (VFile("/proc/cgroups", _show, exists=has_memcg),)
