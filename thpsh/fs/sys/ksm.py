"""/sys/kernel/mm/ksm (mm/ksm.c: the attributes)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from thpsh.fs.kstrto import UINT_MAX, attribute_in_range
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.ksm.unmerge import set_run
from thpsh.structs.ksm import RUN_UNMERGE

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = "/sys/kernel/mm/ksm"


def _show(name: str, place: Place) -> str:
    return f"{getattr(place.kernel.ksm, name)}\n"


def _store(name: str, place: Place, text: str) -> int:
    kernel = place.kernel
    value = attribute_in_range(kernel, text, 0, UINT_MAX)
    kernel.own(kernel.ksm)
    setattr(kernel.ksm, name, value)
    return len(text)


def _store_run(place: Place, text: str) -> int:
    """0 stops ksmd, 1 starts it, 2 stops it and makes all merged pages separate again."""
    set_run(place.kernel, attribute_in_range(place.kernel, text, 0, RUN_UNMERGE))
    return len(text)


def _knob(name: str, store: Callable[[Place, str], int] | None = None) -> VFile:
    return VFile(f"{ROOT}/{name}", partial(_show, name), store or partial(_store, name), 0o644)


def _count(name: str) -> VFile:
    return VFile(f"{ROOT}/{name}", partial(_show, name))


FILES = (
    _knob("run", _store_run),
    _knob("pages_to_scan"),
    _knob("sleep_millisecs"),
    _count("pages_shared"),
    _count("pages_sharing"),
    _count("pages_unshared"),
    _count("pages_volatile"),
    _count("full_scans"),
)
