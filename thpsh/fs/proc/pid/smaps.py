"""/proc/PID/smaps (fs/proc/task_mmu.c)."""

from __future__ import annotations

from thpsh.fs.proc.pid.process import VSYSCALL, header, mm_of, padded
from thpsh.fs.proc.smaps_stats import VmaStats, vma_stats
from thpsh.fs.vfile import Place, VFile


def _show(place: Place) -> str:
    kernel, mm = place.kernel, mm_of(place)
    if mm is None:
        return ""
    huge = kernel.features.smaps_huge
    parts = [header(vma) + _lines(vma_stats(kernel, vma), huge=huge) for vma in mm.vmas]
    parts.append(padded(f"{VSYSCALL} ", "[vsyscall]") + _lines(VmaStats(size=1), huge=huge))
    return "".join(parts)


def _lines(stats: VmaStats, *, huge: bool) -> str:
    return "".join(f"{name + ':':<16}{number:8d} kB\n" for name, number in stats.kilobytes(huge=huge).items())


FILES = (VFile("/proc/PID/smaps", _show),)
