"""/proc/sys/vm (kernel/sysctl.c, mm/page_alloc.c)."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.errors import Errno, KernelError
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.watermark import setup_per_zone_lowmem_reserve, setup_per_zone_wmarks
from thpsh.mm.zonelist import build_zonelists
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.structs.kernel import Kernel

ROOT: Final = "/proc/sys/vm"
_INT: Final = 1 << 32
_WORD: Final = re.compile(r"[ \t\n\v\f\r]*(-?)(0[xX][0-9a-fA-F]+|[0-9]+)")
_BLANK: Final = re.compile(r"[ \t\n\v\f\r]*")
_PERCENT: Final = 100


class Bounds(NamedTuple):
    """The numbers that a sysctl takes; others are EINVAL."""

    low: int = -(1 << 31)
    high: int = (1 << 31) - 1


_ANY: Final = Bounds()
_SWITCH: Final = Bounds(0, 1)
_NATURAL: Final = Bounds(0, (1 << 31) - 1)
_SHARE: Final = Bounds(0, _PERCENT)

_NUMBERS: Final = {
    "block_dump": _NATURAL, "dirty_background_bytes": Bounds(1), "dirty_background_ratio": _SHARE,
    "dirty_bytes": Bounds(8192), "dirty_expire_centisecs": _NATURAL, "dirty_ratio": _SHARE,
    "dirty_writeback_centisecs": _ANY, "drop_caches": Bounds(1, 3), "hugepages_treat_as_movable": _ANY,
    "hugetlb_shm_group": _ANY, "laptop_mode": _ANY, "legacy_va_layout": _NATURAL, "max_map_count": _NATURAL,
    "memory_failure_early_kill": _SWITCH, "memory_failure_recovery": _SWITCH, "min_slab_ratio": _SHARE,
    "min_unmapped_ratio": _SHARE, "mmap_min_addr": _NATURAL, "nr_overcommit_hugepages": _NATURAL,
    "oom_dump_tasks": _ANY, "oom_kill_allocating_task": _ANY, "overcommit_memory": Bounds(0, 2),
    "overcommit_ratio": _ANY, "page_cluster": _ANY, "panic_on_oom": Bounds(0, 2), "scan_unevictable_pages": _ANY,
    "stat_interval": _ANY, "swappiness": _SHARE, "vfs_cache_pressure": _NATURAL, "zone_reclaim_mode": _NATURAL,
}  # fmt: skip
_NUMA_ONLY: Final = frozenset({"min_slab_ratio", "min_unmapped_ratio", "zone_reclaim_mode", "numa_zonelist_order"})


def numbers(text: str, most: int) -> tuple[list[int], int]:
    """The numbers that a write holds, at most so many, and the bytes used (proc_dointvec).

    A leading number is taken, base 0; what follows it directly makes it EINVAL; further words are not looked at.
    """
    text = text.split("\x00", maxsplit=1)[0]
    found: list[int] = []
    place = 0
    while len(found) < most:
        match = _WORD.match(text, place)
        if match is None:
            break
        if match.end() < len(text) and not text[match.end()].isspace():
            if not found:
                raise KernelError(Errno.EINVAL, "expected a number")
            break
        found.append(_value(match[1], match[2]))
        place = match.end()
    end = _BLANK.match(text, place)
    used = end.end() if end and found else len(text)
    if not found and text.strip():
        raise KernelError(Errno.EINVAL, "expected a number")
    return found, used


def _value(sign: str, digits: str) -> int:
    """A number as strtoul reads it, cut to an int."""
    if digits[:2].lower() == "0x":
        value = int(digits, 16)
    elif digits[0] == "0" and len(digits) > 1:
        octal = re.match(r"[0-7]+", digits)
        value = int(octal[0], 8) if octal else 0
    else:
        value = int(digits[:4000])
    value &= _INT - 1
    value = -value if sign else value
    return value - _INT if value >= _INT // 2 else value


def _show(name: str, place: Place) -> str:
    return f"{getattr(place.kernel.sysctl, name)}\n"


def _store(name: str, bounds: Bounds, place: Place, text: str) -> int:
    found, used = numbers(text, 1)
    if found:
        if not bounds.low <= found[0] <= bounds.high:
            raise KernelError(Errno.EINVAL, f"{found[0]}: expected {bounds.low} to {bounds.high}")
        place.kernel.own(place.kernel.sysctl)
        setattr(place.kernel.sysctl, name, found[0])
    return used


def _store_min_free(place: Place, text: str) -> int:
    """Any number is taken and every error ignored; watermarks and reserves follow in any case."""
    try:
        used = _store("min_free_kbytes", _ANY, place, text)
    except KernelError:
        used = len(text)
    setup_per_zone_wmarks(place.kernel)
    return used


def _show_ratios(place: Place) -> str:
    return "\t".join(str(ratio) for ratio in place.kernel.sysctl.lowmem_reserve_ratio) + "\n"


def _store_ratios(place: Place, text: str) -> int:
    kernel = place.kernel
    old = kernel.sysctl.lowmem_reserve_ratio
    found, used = numbers(text, len(old))
    kernel.own(kernel.sysctl)
    kernel.sysctl.lowmem_reserve_ratio = [max(1, ratio) for ratio in (*found, *old[len(found) :])]
    setup_per_zone_lowmem_reserve(kernel)
    return used


def _store_extfrag(place: Place, text: str) -> int:
    """Every write succeeds; what is no number from 0 to 1000 changes nothing."""
    try:
        found, used = numbers(text, 1)
    except KernelError:
        return len(text)
    if found and 0 <= found[0] <= 1000:
        place.kernel.own(place.kernel.sysctl)
        place.kernel.sysctl.extfrag_threshold = found[0]
    return used


def _store_fraction(place: Place, text: str) -> int:
    kernel = place.kernel
    found, used = numbers(text, 1)
    if found:
        if found[0] < 8:
            raise KernelError(Errno.EINVAL, f"{found[0]}: expected at least 8")
        kernel.own(kernel.sysctl)
        kernel.sysctl.percpu_pagelist_fraction = found[0]
        for zone in kernel.zones:
            for pcp in zone.pcp:
                kernel.own(pcp)
                pcp.high = zone.present // found[0]
                pcp.batch = max(1, min(pcp.high // 4, 31 * 8))
    return used


def _store_order(place: Place, text: str) -> int:
    """The first letter decides: default, node or zone; others are success, but ignored with a warning."""
    kernel = place.kernel
    word = text.rstrip("\n")
    chosen = {"d": "default", "n": "node", "z": "zone"}.get(word[:1].lower())
    if chosen is None:
        kernel.trace.emit(Printk(f"Ignoring invalid numa_zonelist_order value:  {word}"))
        return len(text)
    kernel.own(kernel.sysctl)
    kernel.sysctl.numa_zonelist_order = word
    for node in kernel.nodes:
        kernel.own(node)
    build_zonelists(kernel.nodes, chosen)
    return len(text)


def _exists(name: str) -> Callable[[Kernel], bool] | None:
    return (lambda kernel: kernel.build.numa) if name in _NUMA_ONLY else None


def _number_file(name: str, bounds: Bounds) -> VFile:
    shown = name.replace("_", "-") if name == "page_cluster" else name
    return VFile(f"{ROOT}/{shown}", partial(_show, name), partial(_store, name, bounds), 0o644, exists=_exists(name))


FILES = (
    *(_number_file(name, bounds) for name, bounds in _NUMBERS.items()),
    VFile(f"{ROOT}/min_free_kbytes", partial(_show, "min_free_kbytes"), _store_min_free, 0o644),
    VFile(f"{ROOT}/lowmem_reserve_ratio", _show_ratios, _store_ratios, 0o644),
    VFile(f"{ROOT}/extfrag_threshold", partial(_show, "extfrag_threshold"), _store_extfrag, 0o644),
    VFile(f"{ROOT}/percpu_pagelist_fraction", partial(_show, "percpu_pagelist_fraction"), _store_fraction, 0o644),
    VFile(
        f"{ROOT}/numa_zonelist_order", partial(_show, "numa_zonelist_order"), _store_order, 0o644,
        exists=_exists("numa_zonelist_order"),
    ),
    VFile(f"{ROOT}/nr_hugepages", lambda _place: "0\n"),
    VFile(f"{ROOT}/nr_hugepages_mempolicy", lambda _place: "0\n", exists=lambda kernel: kernel.build.numa),
    VFile(f"{ROOT}/nr_pdflush_threads", lambda _place: "0\n"),
)  # fmt: skip
