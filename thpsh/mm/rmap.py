"""Reverse mapping of anonymous pages: anon_vma and its links (mm/rmap.c; find_mergeable_anon_vma of mm/mmap.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.structs.anon_vma import AnonVma
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.vma import Vma


def _new_anon_vma(kernel: Kernel, root: AnonVma | None) -> AnonVma:
    totals = kernel.totals
    kernel.own(totals)
    number = totals.next_anon_vma
    totals.next_anon_vma += 1
    return AnonVma(number, root, epoch=kernel.journal.epoch)


def _link(kernel: Kernel, vma: Vma, anon_vma: AnonVma) -> None:
    """Put a VMA on an anon_vma's list, at its tail (anon_vma_chain_link)."""
    kernel.own(vma)
    kernel.own(anon_vma)
    vma.chain.append(anon_vma)
    anon_vma.vmas[vma] = None


def anon_vma_prepare(kernel: Kernel, vma: Vma) -> AnonVma:
    """The anon_vma of a VMA; a first fault gets one, a neighbour's where both could still be merged."""
    anon_vma = vma.anon_vma
    if anon_vma is None:
        anon_vma = _find_mergeable_anon_vma(vma) or _new_anon_vma(kernel, None)
        kernel.own(vma)
        vma.anon_vma = anon_vma
        _link(kernel, vma, anon_vma)
    return anon_vma


def _compatible(a: Vma, b: Vma) -> bool:
    """Could two neighbours be one mapping but for flags mprotect can change (anon_vma_compatible)?"""
    return (
        a.end == b.start
        and a.policy == b.policy
        and a.file is b.file
        and not (a.flags ^ b.flags) & ~(Vm.READ | Vm.WRITE | Vm.EXEC)
        and b.pgoff == a.pgoff + a.nr_pages
    )


def _reusable(old: Vma, a: Vma, b: Vma) -> AnonVma | None:
    """The neighbour's anon_vma, if it was never forked or merged (reusable_anon_vma)."""
    return old.anon_vma if len(old.chain) == 1 and _compatible(a, b) else None


def _find_mergeable_anon_vma(vma: Vma) -> AnonVma | None:
    mm = vma.mm
    place = mm.find(vma.start)
    if place + 1 < len(mm.vmas):
        near = mm.vmas[place + 1]
        found = _reusable(near, vma, near)
        if found is not None:
            return found
    if place > 0:
        near = mm.vmas[place - 1]
        return _reusable(near, near, vma)
    return None


def anon_vma_clone(kernel: Kernel, dst: Vma, src: Vma) -> None:
    """Link one VMA to every anon_vma of another."""
    for anon_vma in src.chain:
        _link(kernel, dst, anon_vma)


def anon_vma_fork(kernel: Kernel, vma: Vma, parent: Vma) -> None:
    """Give a child's VMA the parent's links and an anon_vma of its own."""
    if parent.anon_vma is None:
        return
    anon_vma_clone(kernel, vma, parent)
    anon_vma = _new_anon_vma(kernel, parent.anon_vma.top)
    kernel.own(vma)
    vma.anon_vma = anon_vma
    _link(kernel, vma, anon_vma)


def unlink_anon_vmas(kernel: Kernel, vma: Vma) -> None:
    """Take a VMA that goes away off all lists."""
    kernel.own(vma)
    for anon_vma in vma.chain:
        kernel.own(anon_vma)
        del anon_vma.vmas[vma]
    vma.chain = []
    vma.anon_vma = None
