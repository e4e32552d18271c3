"""/proc/PID/cgroup (kernel/cgroup.c: proc_cgroup_show)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.fs.cgroup.cftype import has_memcg
from thpsh.fs.proc.pid.process import task_of
from thpsh.fs.vfile import VFile

if TYPE_CHECKING:
    from thpsh.fs.vfile import Place


def _show(place: Place) -> str:
    return f"1:memory:{task_of(place).cgroup.path}\n"


FILES = (VFile("/proc/PID/cgroup", _show, exists=has_memcg),)
