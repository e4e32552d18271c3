"""/proc/meminfo (fs/proc/meminfo.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.fs.counters import anon_pages, huge_pages, total
from thpsh.fs.vfile import Place, VFile
from thpsh.structs.page import HPAGE_SIZE, PAGE_SIZE

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel

_KB: Final = 4
_STACK_KB: Final = 8
_VMALLOC_TOTAL: Final = 34359738367
_VMALLOC_USED: Final = 3136  # of a quiet host
_VMALLOC_REST: Final = 34359735227
_PERCENT: Final = 100


def commit_limit(kernel: Kernel) -> int:
    """Pages that may be promised with overcommit_memory = 2."""
    return kernel.totals.total_pages * kernel.sysctl.overcommit_ratio // _PERCENT


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

    def pages(*names: str) -> int:
        return sum(total(kernel, name) for name in names) * _KB

    small, large = direct_map(kernel)
    rows = [
        ("MemTotal", kernel.totals.total_pages * _KB),
        ("MemFree", pages("nr_free_pages")),
        ("Buffers", 0),
        ("Cached", pages("nr_file_pages")),
        ("SwapCached", 0),
        ("Active", pages("nr_active_anon", "nr_active_file")),
        ("Inactive", pages("nr_inactive_anon", "nr_inactive_file")),
        ("Active(anon)", pages("nr_active_anon")),
        ("Inactive(anon)", pages("nr_inactive_anon")),
        ("Active(file)", pages("nr_active_file")),
        ("Inactive(file)", pages("nr_inactive_file")),
        ("Unevictable", pages("nr_unevictable")),
        ("Mlocked", pages("nr_mlock")),
        ("SwapTotal", 0),
        ("SwapFree", 0),
        ("Dirty", pages("nr_dirty")),
        ("Writeback", pages("nr_writeback")),
        ("AnonPages", anon_pages(kernel) * _KB),
        ("Mapped", pages("nr_mapped")),
        ("Shmem", pages("nr_shmem")),
        ("Slab", pages("nr_slab_reclaimable", "nr_slab_unreclaimable")),
        ("SReclaimable", pages("nr_slab_reclaimable")),
        ("SUnreclaim", pages("nr_slab_unreclaimable")),
        ("KernelStack", total(kernel, "nr_kernel_stack") * _STACK_KB),
        ("PageTables", pages("nr_page_table_pages")),
        ("NFS_Unstable", 0),
        ("Bounce", 0),
        ("WritebackTmp", 0),
        ("CommitLimit", commit_limit(kernel) * _KB),
        ("Committed_AS", kernel.totals.committed_as * _KB),
        ("VmallocTotal", _VMALLOC_TOTAL),
        ("VmallocUsed", _VMALLOC_USED),
        ("VmallocChunk", _VMALLOC_REST),
    ]
    lines = [f"{name + ':':<16}{number:8d} kB" for name, number in rows]
    lines.append(f"HardwareCorrupted: {kernel.totals.hwpoison_pages * _KB:5d} kB")
    if kernel.features.thp_gauges and kernel.build.thp != "off":
        lines.append(f"{'AnonHugePages:':<16}{huge_pages(kernel) * _KB:8d} kB")
    lines += [f"{f'HugePages_{name}:':<19}{0:5d}" for name in ("Total", "Free", "Rsvd", "Surp")]
    lines += [
        f"{'Hugepagesize:':<16}{HPAGE_SIZE >> 10:8d} kB",
        f"{'DirectMap4k:':<16}{small:8d} kB",
        f"{'DirectMap2M:':<16}{large:8d} kB",
    ]
    return "\n".join(lines) + "\n"


FILES = (VFile("/proc/meminfo", _show),)
