"""/sys/kernel/debug/hwpoison: memory errors on demand (mm/hwpoison-inject.c)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from thpsh.fs.simple_attr import simple_attr_number
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.hwpoison_inject import hwpoison_inject, unpoison_memory

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel

ROOT: Final = "/sys/kernel/debug/hwpoison"
_MODE: Final = 0o600
_U32: Final = (1 << 32) - 1
_U64: Final = (1 << 64) - 1
_FILTERS: Final = {
    "enable": _U32, "dev-major": _U32, "dev-minor": _U32, "flags-mask": _U64, "flags-value": _U64, "memcg": _U64,
}  # fmt: skip


def _corrupt(place: Place, text: str) -> int:
    hwpoison_inject(place.kernel, simple_attr_number(text))
    return len(text)


def _unpoison(place: Place, text: str) -> int:
    unpoison_memory(place.kernel, simple_attr_number(text))
    return len(text)


def _show(name: str, place: Place) -> str:
    return f"{getattr(place.kernel.hwpoison_filter, name)}\n"


def _store(name: str, most: int, place: Place, text: str) -> int:
    """What does not fit the variable is cut off."""
    kernel = place.kernel
    kernel.own(kernel.hwpoison_filter)
    setattr(kernel.hwpoison_filter, name, simple_attr_number(text) & most)
    return len(text)


def _filter(name: str, most: int) -> VFile:
    field = name.replace("-", "_")
    exists = _memcg if name == "memcg" else None
    show, store = partial(_show, field), partial(_store, field, most)
    return VFile(f"{ROOT}/corrupt-filter-{name}", show, store, _MODE, exists=exists)


def _memcg(kernel: Kernel) -> bool:
    return kernel.build.memcg


FILES = (
    VFile(f"{ROOT}/corrupt-pfn", None, _corrupt, _MODE),
    VFile(f"{ROOT}/unpoison-pfn", None, _unpoison, _MODE),
    *(_filter(name, most) for name, most in _FILTERS.items()),
)
