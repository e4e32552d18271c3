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


def drain_all_stock_async(kernel: Kernel, cpu: int, memcg: MemCgroup) -> None:
    """Give back what CPUs have in stock, as a group is at its limit.

    3.0 leaves out the CPU that reclaims, and all groups but this one and those below it; older kernels drained
    everything, 3.1 drains its own CPU again.
    """
    features = kernel.features
    for each in kernel.cpus:
        cached = each.stock.cached
        if cached is None:
            continue
        mine = memcg.covers(cached) and (each.number != cpu or features.memcg_drain_unified)
        if mine or not features.memcg_drain_hierarchy:
            drain_stock(kernel, each.number)


def drain_all_stock(kernel: Kernel, memcg: MemCgroup) -> None:
    """Give back what all CPUs have in stock, before a group is emptied (drain_all_stock_sync).

    3.1 does so only for the group and those below it.
    """
    for cpu in kernel.cpus:
        cached = cpu.stock.cached
        if cached is not None and (memcg.covers(cached) or not kernel.features.memcg_drain_unified):
            drain_stock(kernel, cpu.number)
