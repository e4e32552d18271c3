"""Charges taken ahead, one group on each CPU (mm/memcontrol.c: consume_stock, refill_stock, drain_stock)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.memcontrol import cancel_charge

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup


def consume_stock(kernel: Kernel, cpu: int, memcg: MemCgroup, pages: int) -> int:
    """Take up to so many pages out of a CPU's stock; returns how many it had."""
    stock = kernel.cpus[cpu].stock
    if stock.cached is not memcg or not stock.nr_pages:
        return 0
    kernel.own(stock)
    taken = min(pages, stock.nr_pages)
    stock.nr_pages -= taken
    return taken


def refill_stock(kernel: Kernel, cpu: int, memcg: MemCgroup, pages: int) -> None:
    """Put pages just charged into a CPU's stock; what it held of another group is given back."""
    stock = kernel.cpus[cpu].stock
    if stock.cached is not memcg:
        drain_stock(kernel, cpu)
        kernel.own(stock)
        stock.cached = memcg
    kernel.own(stock)
    stock.nr_pages += pages


def drain_stock(kernel: Kernel, cpu: int) -> None:
    """Give back what a CPU has in stock."""
    stock = kernel.cpus[cpu].stock
    if stock.cached is None:
        return
    kernel.own(stock)
    if stock.nr_pages:
        cancel_charge(kernel, stock.cached, stock.nr_pages)
        stock.nr_pages = 0
    stock.cached = None


def drain_other_stocks(kernel: Kernel, cpu: int, memcg: MemCgroup) -> None:
    """Give back what the other CPUs have in stock of a group or of those below it (drain_all_stock_async)."""
    for other in kernel.cpus:
        cached = other.stock.cached
        if other.number != cpu and cached is not None and memcg.covers(cached):
            drain_stock(kernel, other.number)


def drain_all_stock(kernel: Kernel) -> None:
    """Give back what all CPUs have in stock (drain_all_stock_sync)."""
    for cpu in kernel.cpus:
        drain_stock(kernel, cpu.number)
