"""/sys/kernel/mm/transparent_hugepage (mm/huge_memory.c: the attributes)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from thpsh.fs.flag_text import MODES, match_keyword, read_switch, show_mode, show_switch
from thpsh.fs.kstrto import UINT_MAX, attribute_in_range
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.huge_memory.khugepaged import start_khugepaged
from thpsh.mm.huge_memory.policy import set_enabled
from thpsh.structs.page import HPAGE_NR

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.structs.kernel import Kernel

ROOT: Final = "/sys/kernel/mm/transparent_hugepage"


def _show_enabled(place: Place) -> str:
    thp = place.kernel.thp
    return show_mode(thp.enabled_always, thp.enabled_madvise)


def _store_enabled(place: Place, text: str) -> int:
    kernel = place.kernel
    set_enabled(kernel, match_keyword(MODES, text))
    start_khugepaged(kernel)
    return len(text)


def _show_defrag(place: Place) -> str:
    thp = place.kernel.thp
    return show_mode(thp.defrag_always, thp.defrag_madvise)


def _store_defrag(place: Place, text: str) -> int:
    mode = match_keyword(MODES, text)
    thp = place.kernel.thp
    place.kernel.own(thp)
    thp.defrag_always, thp.defrag_madvise = mode == "always", mode == "madvise"
    return len(text)


def _show_flag(name: str, place: Place) -> str:
    return show_switch(place.kernel, getattr(place.kernel.thp, name))


def _store_flag(name: str, place: Place, text: str) -> int:
    kernel = place.kernel
    on = read_switch(kernel, text)
    kernel.own(kernel.thp)
    setattr(kernel.thp, name, on)
    return len(text)


def _show_number(name: str, place: Place) -> str:
    return f"{getattr(place.kernel.khugepaged, name) & UINT_MAX}\n"


def _store_number(name: str, bounds: tuple[int, int], wakes: bool, place: Place, text: str) -> int:
    kernel = place.kernel
    value = attribute_in_range(kernel, text, *bounds)
    kernel.own(kernel.khugepaged)
    setattr(kernel.khugepaged, name, value)
    if wakes:
        kernel.khugepaged.woken = True
    return len(text)


def _there(kernel: Kernel) -> bool:
    return kernel.thp.registered


def _with_khugepaged(kernel: Kernel) -> bool:
    return kernel.thp.registered and kernel.features.khugepaged


def _with_debug(kernel: Kernel) -> bool:
    return kernel.thp.registered and kernel.build.debug_vm


def _flag(path: str, name: str, exists: Callable[[Kernel], bool]) -> VFile:
    return VFile(f"{ROOT}/{path}", partial(_show_flag, name), partial(_store_flag, name), 0o644, exists=exists)


def _number(name: str, low: int, high: int, *, wakes: bool = False) -> VFile:
    store = partial(_store_number, name, (low, high), wakes)
    return VFile(f"{ROOT}/khugepaged/{name}", partial(_show_number, name), store, 0o644, exists=_with_khugepaged)


def _count(name: str) -> VFile:
    return VFile(f"{ROOT}/khugepaged/{name}", partial(_show_number, name), exists=_with_khugepaged)


FILES = (
    VFile(f"{ROOT}/enabled", _show_enabled, _store_enabled, 0o644, exists=_there),
    VFile(f"{ROOT}/defrag", _show_defrag, _store_defrag, 0o644, exists=_there),
    _flag("debug_cow", "debug_cow", _with_debug),
    _flag("khugepaged/defrag", "khugepaged_defrag", _with_khugepaged),
    _number("max_ptes_none", 0, HPAGE_NR - 1),
    _number("pages_to_scan", 1, UINT_MAX),
    _number("scan_sleep_millisecs", 0, UINT_MAX, wakes=True),
    _number("alloc_sleep_millisecs", 0, UINT_MAX, wakes=True),
    _count("pages_collapsed"),
    _count("full_scans"),
)
