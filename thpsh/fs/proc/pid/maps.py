"""/proc/PID/maps (fs/proc/task_mmu.c)."""

from __future__ import annotations

from thpsh.fs.proc.pid.process import VSYSCALL, header, mm_of, padded
from thpsh.fs.vfile import Place, VFile


def _show(place: Place) -> str:
    mm = mm_of(place)
    if mm is None:
        return ""
    return "".join(header(vma) for vma in mm.vmas) + padded(f"{VSYSCALL} ", "[vsyscall]")


FILES = (VFile("/proc/PID/maps", _show),)
