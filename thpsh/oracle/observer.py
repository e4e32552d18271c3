"""Looks at the regions of the recorded processes, as the recorder did between two operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.errors import KernelError
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.oracle.numa_view import look_up_nodes, node_letters, node_pages
from thpsh.oracle.outcome import RegionView, VmaView
from thpsh.oracle.smaps import parse_smaps
from thpsh.structs.bits import PAGES
from thpsh.structs.page import HPAGE_SHIFT, HPAGE_SIZE, TASK_SIZE
from thpsh.structs.page_table import HugePmd
from thpsh.structs.swap_entry import non_swap_entry

if TYPE_CHECKING:
    from thpsh.oracle.outcome import Place
    from thpsh.oracle.recorder import Process, Recorder, Region
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.vma import Vma

MAX_SLOTS: Final = 256  # of a region; the recorder looks at no more


def look(recorder: Recorder) -> dict[Place, RegionView]:
    """All regions of all processes, without those whose name begins with an underscore."""
    found = {}
    for process in recorder.processes.values():
        for name, region in process.regions.items():
            if (process.name, name) in recorder.unseen:
                found[process.name, name] = recorder.unseen[process.name, name]
            elif not name.startswith("_"):
                found[process.name, name] = _look_region(recorder, process, region)
    return found


def _look_region(recorder: Recorder, process: Process, region: Region) -> RegionView:
    mm = process.task.mm
    assert mm is not None
    end = region.base + region.length
    slots = range(region.base >> HPAGE_SHIFT, (end + HPAGE_SIZE - 1) >> HPAGE_SHIFT)[:MAX_SLOTS]
    _tell_apart(recorder.kernel, process, slots)
    seen = [_slot(mm, slot) for slot in slots]
    smaps = parse_smaps(recorder.files.read(f"/proc/{process.task.pid}/smaps"))
    nodes, by_node = _nodes(recorder.kernel, mm, slots, (region.base, end), seen)
    return RegionView(
        "".join(slot.letter for slot in seen),
        tuple(slot.present for slot in seen),
        tuple(slot.zero for slot in seen),
        tuple(slot.swapped for slot in seen),
        tuple(slot.special for slot in seen),
        tuple(
            VmaView(vma.start - region.base, (vma.end - vma.start) >> 10, vma.perms, vma.fields)
            for vma in smaps
            if vma.end > region.base and vma.start < end
        ),
        region.base % HPAGE_SIZE,
        nodes,
        by_node,
    )


def _nodes(
    kernel: Kernel, mm: Mm, slots: range, bounds: tuple[int, int], seen: list[_Slot]
) -> tuple[str, tuple[tuple[int, ...], ...]]:
    """On which nodes the pages of each slot are; the counts only where some slot has several."""
    if len(kernel.nodes) == 1:
        return "", ()
    look_up_nodes(kernel, mm, *bounds)
    counts = node_pages(kernel, mm, slots, bounds)
    letters = node_letters("".join(slot.letter for slot in seen), counts)
    return letters, tuple(zip(*counts, strict=True)) if "m" in letters else ()


class _Slot(NamedTuple):
    """Letter, present pages, and of which kinds the entries of one slot are."""

    letter: str
    present: int = 0
    zero: int = 0
    swapped: int = 0
    special: int = 0  # poisoned or migrating


def _slot(mm: Mm, slot: int) -> _Slot:
    entry = mm.pmds.get(slot)
    if entry is None or slot + 1 << HPAGE_SHIFT > TASK_SIZE:  # mincore refuses the end of the address space
        return _Slot(".")
    if isinstance(entry, HugePmd):
        return _Slot("H", PAGES)
    present, zero = entry.present.bit_count(), entry.special.bit_count()
    others = (entry.swapped or {}).values()
    special = sum(non_swap_entry(other) for other in others)
    swapped = len(others) - special
    if others:
        letter = "X" if special else "S"
    elif not present:
        letter = "."
    elif zero == present:
        letter = "z"
    else:
        letter = "F" if present == PAGES else "P"
    return _Slot(letter, present, zero, swapped, special)


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
