"""Where named regions lie: each begins in a 4 GiB window of its own, so that addresses are easy to read and to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.structs.kernel import WINDOW

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel


def take_windows(kernel: Kernel, start: int, length: int) -> None:
    """A region was placed in the next free window: the next one begins behind its end."""
    kernel.own(kernel.totals)
    kernel.totals.next_window = -(-(start + length) // WINDOW) * WINDOW
