"""Making a swap device available (mm/swapfile.c: sys_swapon)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.swapfile import add_swap_device
from thpsh.structs.page import KIB, PAGE_SIZE
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.swap import SwapDevice

MAX_DEVICES: Final = 29
SMALLEST: Final = 2 * PAGE_SIZE  # a header and one slot


def swapon(kernel: Kernel, size: int) -> SwapDevice:
    """Add a swap device of `size` bytes, its header included."""
    if size < SMALLEST:
        raise KernelError(Errno.EINVAL, "a swap device needs two pages, one of them for its header")
    if len(kernel.swap.devices) >= MAX_DEVICES:
        raise KernelError(Errno.EPERM, f"there are {MAX_DEVICES} swap devices already")
    taken = {device.name for device in kernel.swap.devices.values()}
    name = next(name for number in range(MAX_DEVICES + 1) if (name := f"/dev/ram{number}") not in taken)
    device = add_swap_device(kernel, name, size)
    kb = device.pages * PAGE_SIZE // KIB
    kernel.trace.emit(Printk(f"Adding {kb}k swap on {name}.  Priority:{device.priority} extents:1 across:{kb}k "))
    kernel.clock.spend(kernel.cost.syscall)
    return device
