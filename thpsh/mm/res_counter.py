"""Limited counters that stand in each other's hierarchy (kernel/res_counter.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import ResCounter


def ancestors(counter: ResCounter) -> Iterator[ResCounter]:
    """A counter and those above it that are charged with it, upwards."""
    found: ResCounter | None = counter
    while found is not None:
        yield found
        found = found.parent


def charge(kernel: Kernel, counter: ResCounter, size: int) -> ResCounter | None:
    """Charge bytes to a counter and all above it; the first that would pass its limit counts a failure and undoes it.

    Returns that counter, or None. A highest usage reached on the way stays noted, as in the kernel.
    """
    for over in ancestors(counter):
        kernel.own(over)
        if over.usage + size > over.limit:
            over.failcnt += 1
            _undo(counter, over, size)
            return over
        over.usage += size
        over.max_usage = max(over.max_usage, over.usage)
    return None


def _undo(counter: ResCounter, over: ResCounter, size: int) -> None:
    for below in ancestors(counter):
        if below is over:
            return
        below.usage -= size


def uncharge(kernel: Kernel, counter: ResCounter, size: int) -> None:
    """Give bytes back to a counter and all above it."""
    for each in ancestors(counter):
        kernel.own(each)
        each.usage -= size


def soft_limit_excess(counter: ResCounter) -> int:
    """How many bytes a counter is above its soft limit (res_counter_soft_limit_excess)."""
    return max(0, counter.usage - counter.soft_limit)


def margin(counter: ResCounter) -> int:
    """How many bytes one counter alone can still take (res_counter_margin)."""
    return max(0, counter.limit - counter.usage)


def room(counter: ResCounter) -> int:
    """How many bytes can be charged to a counter before it, or one above it, refuses."""
    return min(margin(each) for each in ancestors(counter))
