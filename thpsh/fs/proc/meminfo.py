"""/proc/meminfo (fs/proc/meminfo.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.fs.counters import memory_kb
from thpsh.fs.vfile import Place, VFile
from thpsh.structs.page import HPAGE_NR, HPAGE_SIZE, PAGE_SIZE
from thpsh.structs.page_cache import FileKind

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel

_KB: Final = 4
_ULONG: Final = (1 << 64) - 1
_NAMES: Final = (
    "MemTotal", "MemFree", "Buffers", "Cached", "SwapCached", "Active", "Inactive", "Active(anon)", "Inactive(anon)",
    "Active(file)", "Inactive(file)", "Unevictable", "Mlocked", "SwapTotal", "SwapFree", "Dirty", "Writeback",
    "AnonPages", "Mapped", "Shmem", "Slab", "SReclaimable", "SUnreclaim", "KernelStack", "PageTables", "NFS_Unstable",
    "Bounce", "WritebackTmp", "CommitLimit", "Committed_AS", "VmallocTotal", "VmallocUsed", "VmallocChunk",
)  # fmt: skip
_VMALLOC_TOTAL: Final = 34359738367
_VMALLOC_USED: Final = 3136  # of a quiet host
_VMALLOC_REST: Final = 34359735227
_PERCENT: Final = 100


def commit_limit(kernel: Kernel) -> int:
    """Pages that may be promised with overcommit_memory = 2."""
    pages = kernel.totals.total_pages - kernel.hugetlb.total * HPAGE_NR
    return pages * kernel.sysctl.overcommit_ratio // _PERCENT + kernel.swap.total


def direct_map(kernel: Kernel) -> tuple[int, int]:
    """KB of RAM that the kernel maps in 4 KiB and in 2 MiB pages: the first 4 MiB and ragged ends are small."""
    small = large = 0
    seen: set[int] = set()
    for zone in kernel.zones:
        for _, last in zone.usable:
            end = last * PAGE_SIZE
            if end % HPAGE_SIZE and end > 2 * HPAGE_SIZE and end not in seen:
                seen.add(end)
                small += end % HPAGE_SIZE
    ram = sum(_ends(kernel))
    small = min(ram, small + 2 * HPAGE_SIZE)
    large = ram - small
    return small >> 10, large >> 10


def _ends(kernel: Kernel) -> list[int]:
    """Bytes of RAM below and above the hole under 4 GiB, from 0 on."""
    four = 4 << 30
    low = max(
        (last * PAGE_SIZE for zone in kernel.zones for _, last in zone.usable if last * PAGE_SIZE <= four), default=0
    )
    high = max((last * PAGE_SIZE for zone in kernel.zones for _, last in zone.usable), default=0)
    return [low, max(0, high - four)]


def _show(place: Place) -> str:
    kernel = place.kernel

    small, large = direct_map(kernel)
    rows = memory_kb(kernel)
    buffers = _KB * sum(
        file.mapping.nr_pages for file in kernel.tables.files.values() if file.kind is FileKind.BLOCKDEV
    )
    rows |= {
        "MemTotal": kernel.totals.total_pages * _KB,
        "Buffers": buffers,
        "Cached": rows["FilePages"] - kernel.swap.cached * _KB - buffers,
        "SwapCached": kernel.swap.cached * _KB,
        "SwapTotal": kernel.swap.total * _KB,
        "SwapFree": kernel.swap.free * _KB,
        "CommitLimit": commit_limit(kernel) * _KB,
        "Committed_AS": kernel.totals.committed_as * _KB,
        "VmallocTotal": _VMALLOC_TOTAL,
        "VmallocUsed": _VMALLOC_USED,
        "VmallocChunk": _VMALLOC_REST,
    }
    lines = [f"{name + ':':<16}{rows[name]:8d} kB" for name in _NAMES]
    lines.append(f"HardwareCorrupted: {kernel.totals.hwpoison_pages * _KB & _ULONG:5d} kB")
    if kernel.features.thp_gauges and kernel.build.thp != "off":
        lines.append(f"{'AnonHugePages:':<16}{rows['AnonHugePages']:8d} kB")
    pool = kernel.hugetlb
    counts = {"Total": pool.total, "Free": pool.free, "Rsvd": pool.reserved, "Surp": pool.surplus}
    lines += [f"{f'HugePages_{name}:':<19}{number:5d}" for name, number in counts.items()]
    lines += [
        f"{'Hugepagesize:':<16}{HPAGE_SIZE >> 10:8d} kB",
        f"{'DirectMap4k:':<16}{small:8d} kB",
        f"{'DirectMap2M:':<16}{large:8d} kB",
    ]
    return "\n".join(lines) + "\n"


FILES = (VFile("/proc/meminfo", _show),)
