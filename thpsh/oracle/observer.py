"""Looks at the regions of the recorded processes, as the recorder did between two operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import KernelError
from thpsh.fs.vma_stats import vma_stats
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.mm.stack import guard_page
from thpsh.oracle.outcome import SMAPS, RegionView, VmaView
from thpsh.structs.bits import PAGES
from thpsh.structs.page import HPAGE_SHIFT, HPAGE_SIZE, PAGE_SIZE
from thpsh.structs.page_table import HugePmd
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.oracle.outcome import Place
    from thpsh.oracle.recorder import Process, Recorder, Region
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.vma import Vma

MAX_SLOTS: Final = 256  # of a region; the recorder looks at no more
_ATTRIBUTES: Final = {name: name.lower() for name in SMAPS} | {"AnonHugePages": "anon_huge_pages"}


def look(recorder: Recorder) -> dict[Place, RegionView]:
    """All regions of all processes, without those whose name begins with an underscore."""
    found = {}
    for process in recorder.processes.values():
        for name, region in process.regions.items():
            if not name.startswith("_"):
                found[process.name, name] = _look_region(recorder.kernel, process, region)
    return found


def _look_region(kernel: Kernel, process: Process, region: Region) -> RegionView:
    mm = process.task.mm
    assert mm is not None
    slots = range(region.base >> HPAGE_SHIFT, (region.base + region.length + HPAGE_SIZE - 1) >> HPAGE_SHIFT)[:MAX_SLOTS]
    _tell_apart(kernel, process, slots)
    seen = [_slot(mm, slot) for slot in slots]
    return RegionView(
        "".join(letter for letter, _, _, _ in seen),
        tuple(present for _, present, _, _ in seen),
        tuple(zero for _, _, zero, _ in seen),
        tuple(swapped for _, _, _, swapped in seen),
        (0,) * len(seen),
        tuple(_vma(kernel, vma, region) for vma in _vmas(mm, region.base, region.base + region.length)),
        region.base % HPAGE_SIZE,
    )


def _vmas(mm: Mm, start: int, end: int) -> list[Vma]:
    """The VMAs that reach into a range; one that only touches an empty range counts for neither."""
    return [vma for vma in mm.vmas if vma.end > start and vma.start < end]


def _slot(mm: Mm, slot: int) -> tuple[str, int, int, int]:
    """Letter, present pages, zero pages and swap entries of one slot."""
    entry = mm.pmds.get(slot)
    if entry is None:
        return ".", 0, 0, 0
    if isinstance(entry, HugePmd):
        return "H", PAGES, 0, 0
    present, zero = entry.present.bit_count(), entry.special.bit_count()
    swapped = len(entry.swapped or ())
    if swapped:
        letter = "S"
    elif not present:
        letter = "."
    elif zero == present:
        letter = "z"
    else:
        letter = "F" if present == PAGES else "P"
    return letter, present, zero, swapped


def _vma(kernel: Kernel, vma: Vma, region: Region) -> VmaView:
    start, end = vma.start, vma.end
    if vma.flags & Vm.GROWSDOWN:
        start += PAGE_SIZE * guard_page(vma, start)
    stats = vma_stats(kernel, vma)
    fields = {name: getattr(stats, attribute) for name, attribute in _ATTRIBUTES.items()}
    shown = {name: kb for name, kb in fields.items() if kb}
    return VmaView(start - region.base, (end - start) >> 10, _perms(vma.flags), shown)


def _perms(flags: int) -> str:
    """rwxp, as /proc/PID/maps prints it."""
    letters = "".join(
        letter if flags & bit else "-" for letter, bit in (("r", Vm.READ), ("w", Vm.WRITE), ("x", Vm.EXEC))
    )
    return letters + ("s" if flags & Vm.MAYSHARE else "p")


def _tell_apart(kernel: Kernel, process: Process, slots: range) -> None:
    """Give full slots a VMA of their own for a moment, where smaps leaves open which of them are huge.

    Reading pagemap would split huge pages, so the recorder asks mincore for full slots and smaps for huge pages.
    If a VMA has some slots of both kinds, it cuts each out with MADV_DONTFORK, looks, and undoes it with MADV_DOFORK.
    """
    mm = process.task.mm
    assert mm is not None
    for vma in list(mm.vmas):
        full = [slot for slot in slots if _full(mm, vma, slot)]
        huge = sum(isinstance(entry, HugePmd) for slot, entry in mm.pmds.items() if _inside(vma, slot))
        if huge in (0, len(full)):
            continue
        for slot in full:
            try:
                madvise(kernel, process.task, slot << HPAGE_SHIFT, HPAGE_SIZE, Madv.DONTFORK)
                madvise(kernel, process.task, slot << HPAGE_SHIFT, HPAGE_SIZE, Madv.DOFORK)
            except KernelError:
                continue


def _inside(vma: Vma, slot: int) -> bool:
    return vma.start <= slot << HPAGE_SHIFT and (slot + 1) << HPAGE_SHIFT <= vma.end


def _full(mm: Mm, vma: Vma, slot: int) -> bool:
    """Is it a slot inside the VMA of which mincore sees all pages?"""
    entry = mm.pmds.get(slot)
    if entry is None or not _inside(vma, slot):
        return False
    return isinstance(entry, HugePmd) or entry.present.bit_count() == PAGES
