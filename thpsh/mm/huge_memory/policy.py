"""Who may have huge pages: flags, VMAs, small machines (mm/huge_memory.c, linux/huge_mm.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.structs.page import HPAGE_MASK, HPAGE_SIZE, MIB, PAGE_SHIFT, Gfp
from thpsh.structs.vma import Vm
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.vma import Vma

SMALL_SYSTEM: Final = 512 * MIB >> PAGE_SHIFT
MODES: Final = ("always", "madvise", "never")


def is_vma_temporary_stack(kernel: Kernel, vma: Vma) -> bool:
    """Is it the stack of an exec that is not set up yet? Since commit 13 khugepaged asks."""
    return kernel.features.exec_stack_excluded and _is_growing_stack(vma)


def _is_growing_stack(vma: Vma) -> bool:
    """Is it filled with arguments just now, from its top down? Then no range is whole when its first page comes."""
    return bool(vma.flags & Vm.GROWSDOWN and vma.flags & Vm.STACK_INCOMPLETE_SETUP == Vm.STACK_INCOMPLETE_SETUP)


def transparent_hugepage_enabled(kernel: Kernel, vma: Vma) -> bool:
    """May a fault in this VMA be huge now?"""
    thp = kernel.thp
    if not (thp.enabled_always or (thp.enabled_madvise and vma.flags & Vm.HUGEPAGE)):
        return False
    if vma.flags & Vm.NOHUGEPAGE and kernel.features.madv_nohugepage:
        return False
    return kernel.features.transparent_hugepage and not _is_growing_stack(vma)


def transparent_hugepage_defrag(kernel: Kernel, vma: Vma) -> bool:
    """May a huge fault in this VMA compact and reclaim?"""
    thp = kernel.thp
    return thp.defrag_always or bool(thp.defrag_madvise and vma.flags & Vm.HUGEPAGE)


def khugepaged_eligible(kernel: Kernel, vma: Vma) -> bool:
    """Does a huge fault in this VMA register the process with khugepaged?"""
    thp = kernel.thp
    wanted = thp.enabled_always or (thp.enabled_madvise and vma.flags & Vm.HUGEPAGE)
    return bool(wanted) and not vma.flags & Vm.NOHUGEPAGE


def alloc_hugepage_gfp(defrag: bool) -> int:
    """Flags of a huge allocation (alloc_hugepage_gfpmask)."""
    return Gfp.TRANSHUGE if defrag else Gfp.TRANSHUGE & ~Gfp.WAIT


def khugepaged_gfp(kernel: Kernel) -> int:
    """Flags of khugepaged's allocations: its own defrag bit, and on NUMA builds "for another node" since commit 8."""
    gfp = alloc_hugepage_gfp(kernel.thp.khugepaged_defrag)
    return gfp | Gfp.OTHER_NODE if kernel.build.numa and kernel.features.other_node_flag else gfp


def huge_range(vma: Vma) -> tuple[int, int]:
    """The part of a VMA that huge pages can map: [first, last), empty when first >= last."""
    return (vma.start + HPAGE_SIZE - 1) & HPAGE_MASK, vma.end & HPAGE_MASK


def fits(vma: Vma, address: int) -> bool:
    """Lies the whole 2 MiB range around an address inside the VMA?"""
    base = address & HPAGE_MASK
    return base >= vma.start and base + HPAGE_SIZE <= vma.end


def set_enabled(kernel: Kernel, mode: str) -> None:
    """Set the two bits of `enabled`: always, madvise or never."""
    kernel.own(kernel.thp)
    kernel.thp.enabled_always = mode == "always"
    kernel.thp.enabled_madvise = mode == "madvise"


def setup_transparent_hugepage(kernel: Kernel, value: str) -> None:
    """The kernel parameter transparent_hugepage=VALUE; anything but the three words is ignored with a warning."""
    if value in MODES:
        set_enabled(kernel, value)
    else:
        kernel.trace.emit(Printk("transparent_hugepage= cannot parse, ignored"))


def _small_system(kernel: Kernel) -> int:
    """Below so many pages a machine is small; the commit's text promised 1 GB."""
    return 2 * SMALL_SYSTEM if kernel.intended.small_system_below_1g else SMALL_SYSTEM


def hugepage_init(kernel: Kernel, pse: bool) -> None:
    """Decide at boot whether THP is there, and clear all flags on CPUs without PSE and on small machines."""
    features = kernel.features
    kernel.own(kernel.thp)
    if not features.transparent_hugepage or kernel.build.thp == "off" or (features.pse_required and not pse):
        kernel.thp.registered = False
        kernel.thp.clear()
    elif features.small_system_check and kernel.totals.total_pages < _small_system(kernel):
        kernel.thp.clear()
