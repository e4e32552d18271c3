"""/sys/kernel/mm/transparent_hugepage (mm/huge_memory.c: the attributes)."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.huge_memory.khugepaged import start_khugepaged
from thpsh.mm.huge_memory.policy import set_enabled
from thpsh.structs.page import HPAGE_NR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from thpsh.structs.kernel import Kernel

ROOT: Final = "/sys/kernel/mm/transparent_hugepage"
_MODES: Final = ("always", "madvise", "never")
_YES_NO: Final = ("yes", "no")
_UINT: Final = (1 << 32) - 1
_ULONG: Final = (1 << 64) - 1
_STRICT: Final = re.compile(r"\+?([0-9]+)\n?")
_OLD: Final = re.compile(r"([0-9]+)\n?")


def keyword(text: str, words: Sequence[str]) -> str:
    """The first word that what was written is a prefix of, or begins with; EINVAL (double_flag_store)."""
    written = text.split("\x00", maxsplit=1)[0]
    size = len(text)
    for word in words:
        if written[: min(len(word), size)] == word[: min(len(word), size)]:
            return word
    raise KernelError(Errno.EINVAL, f"expected {', '.join(words[:-1])} or {words[-1]}; a newline counts as a character")


def number(kernel: Kernel, text: str) -> int:
    """A number as this kernel reads it; EINVAL, or ERANGE above 64 bits (strict_strtoul, kstrtoul)."""
    strict = kernel.features.numbers_by_kstrto
    found = (_STRICT if strict else _OLD).fullmatch(text.split("\x00", maxsplit=1)[0])
    if found is None:
        raise KernelError(Errno.EINVAL, "expected a decimal number")
    value = int(found[1]) if len(found[1]) < 40 else _ULONG + 1
    if value > _ULONG:
        if strict:
            raise KernelError(Errno.ERANGE, "the number needs more than 64 bits")
        value = int(found[1][-4000:]) & _ULONG
    return value


def _chosen(words: Sequence[str], chosen: str) -> str:
    return " ".join(f"[{word}]" if word == chosen else word for word in words) + "\n"


def _show_enabled(place: Place) -> str:
    thp = place.kernel.thp
    return _chosen(_MODES, "always" if thp.enabled_always else "madvise" if thp.enabled_madvise else "never")


def _store_enabled(place: Place, text: str) -> int:
    kernel = place.kernel
    set_enabled(kernel, keyword(text, _MODES))
    start_khugepaged(kernel)
    return len(text)


def _show_defrag(place: Place) -> str:
    thp = place.kernel.thp
    return _chosen(_MODES, "always" if thp.defrag_always else "madvise" if thp.defrag_madvise else "never")


def _store_defrag(place: Place, text: str) -> int:
    mode = keyword(text, _MODES)
    thp = place.kernel.thp
    place.kernel.own(thp)
    thp.defrag_always, thp.defrag_madvise = mode == "always", mode == "madvise"
    return len(text)


def _show_flag(name: str, place: Place) -> str:
    value = getattr(place.kernel.thp, name)
    if place.kernel.features.boolean_attributes:
        return f"{int(value)}\n"
    return _chosen(_YES_NO, "yes" if value else "no")


def _store_flag(name: str, place: Place, text: str) -> int:
    kernel = place.kernel
    if kernel.features.boolean_attributes:
        value = number(kernel, text)
        if value > 1:
            raise KernelError(Errno.EINVAL, f"{value}: expected 0 or 1")
    else:
        value = int(keyword(text, _YES_NO) == "yes")
    kernel.own(kernel.thp)
    setattr(kernel.thp, name, bool(value))
    return len(text)


def _show_number(name: str, place: Place) -> str:
    return f"{getattr(place.kernel.khugepaged, name) & _UINT}\n"


def _store_number(name: str, bounds: tuple[int, int], wakes: bool, place: Place, text: str) -> int:
    kernel = place.kernel
    low, high = bounds
    try:
        value = number(kernel, text)
    except KernelError as error:
        raise KernelError(Errno.EINVAL, error.why) from None
    if not low <= value <= high:
        raise KernelError(Errno.EINVAL, f"{value}: expected {low} to {high}")
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
    _number("pages_to_scan", 1, _UINT),
    _number("scan_sleep_millisecs", 0, _UINT, wakes=True),
    _number("alloc_sleep_millisecs", 0, _UINT, wakes=True),
    _count("pages_collapsed"),
    _count("full_scans"),
)
