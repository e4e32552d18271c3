"""/sys/devices/system/memory: pages taken out of use by their address (drivers/base/memory.c).

A kernel with memory hotplug has them. What is written is a physical address, not a frame number.
"""

from __future__ import annotations

from typing import Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.kstrto import strict_strtoull
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.current import current
from thpsh.mm.memory_failure import memory_failure
from thpsh.mm.page_kind import pfn_valid
from thpsh.mm.soft_offline import soft_offline_page
from thpsh.structs.page import PAGE_SHIFT

ROOT: Final = "/sys/devices/system/memory"


def _show(place: Place) -> str:
    """The folder of a class answers so for files that cannot be read."""
    del place
    raise KernelError(Errno.EIO, "the file can only be written")


def _soft_offline(place: Place, text: str) -> int:
    """Move what is there away, without harm to anybody."""
    kernel = place.kernel
    pfn = strict_strtoull(kernel, text) >> PAGE_SHIFT
    if not pfn_valid(kernel, pfn):
        raise KernelError(Errno.ENXIO, f"there is no page {pfn:#x}; the file takes an address in bytes")
    soft_offline_page(kernel, current(kernel).cpu, pfn)
    return len(text)


def _hard_offline(place: Place, text: str) -> int:
    """Let the page fail, killing processes if need be."""
    kernel = place.kernel
    memory_failure(kernel, current(kernel).cpu, strict_strtoull(kernel, text) >> PAGE_SHIFT)
    return len(text)


FILES = (
    VFile(f"{ROOT}/soft_offline_page", _show, _soft_offline, 0o644),
    VFile(f"{ROOT}/hard_offline_page", _show, _hard_offline, 0o644),
)
