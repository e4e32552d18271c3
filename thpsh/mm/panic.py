"""The end of a kernel (kernel/panic.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from thpsh.errors import KernelPanic
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel


def panic(kernel: Kernel, why: str) -> NoReturn:
    """Log the reason and stop the host; raises KernelPanic."""
    text = f"Kernel panic - not syncing: {why}"
    kernel.own(kernel.totals)
    kernel.totals.panic = text
    kernel.trace.emit(Printk(text))
    raise KernelPanic(text)
