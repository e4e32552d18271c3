"""What recordings of machines with several nodes tell beside the rest: nodes of pages, numastat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.follow import touch_pages
from thpsh.mm.frames import pieces
from thpsh.mm.slot_range import covered, slots_of
from thpsh.structs.page import HPAGE_SHIFT
from thpsh.structs.page_table import HugePmd

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm

COUNTED: Final = frozenset({"touch", "mbind", "migratepages", "movepages", "wake"})
"""Operations whose allocations are those of the case; others allocate kernel memory that the emulator has not."""

_COUNTERS: Final = {
    "numa_hit": "numa_hit", "numa_miss": "numa_miss", "numa_foreign": "numa_foreign",
    "interleave_hit": "numa_interleave", "local_node": "numa_local", "other_node": "numa_other",
}  # fmt: skip
_OF_THE_RECORDER: Final = frozenset({"0.numa_hit", "0.local_node"})
_ZERO_PAGE_NODE: Final = 0


def told(name: str) -> bool:
    """Does a counter say something of the case? The recorder itself allocates on node 0, where it runs."""
    return name not in _OF_THE_RECORDER


def numastat(kernel: Kernel) -> dict[str, int]:
    """The numastat files of all nodes: `1.numa_hit` and so on."""
    return {
        f"{node.nid}.{name}": sum(getattr(zone.stat, of) for zone in node.zones)
        for node in kernel.nodes
        for name, of in _COUNTERS.items()
    }


def look_up_nodes(kernel: Kernel, mm: Mm, start: int, end: int) -> None:
    """The recorder asks get_mempolicy for the node of each present page, which marks it accessed.

    It passes over slots with swapped or poisoned pages.
    """
    for slot in slots_of(mm, start, end):
        entry = mm.pmds[slot]
        if isinstance(entry, HugePmd) or not entry.swapped:
            _look_up(kernel, mm, max(start, slot << HPAGE_SHIFT), min(end, slot + 1 << HPAGE_SHIFT))


def _look_up(kernel: Kernel, mm: Mm, first: int, last: int) -> None:
    while first < last:
        vma = mm.find_vma(first)
        if vma is None:
            return
        low, high = max(vma.start, first), min(vma.end, last)
        if low < high:
            touch_pages(kernel, vma, low, high, write=False)
        first = vma.end


def node_pages(kernel: Kernel, mm: Mm, slots: range, bounds: tuple[int, int]) -> tuple[tuple[int, ...], ...]:
    """For each slot of a region: how many of its pages are on each node; of a huge page only the first is looked at."""
    masks = dict(covered(*bounds, mm))
    found = []
    for slot in slots:
        counts = [0] * len(kernel.nodes)
        entry = mm.pmds.get(slot)
        mask = masks.get(slot, 0)
        if isinstance(entry, HugePmd):
            counts[entry.block.zone.node] = 1
        elif entry is not None and not entry.swapped:
            counts[_ZERO_PAGE_NODE] += (entry.special & mask).bit_count()
            for pages, block, _ in pieces(kernel, entry, entry.present & mask & ~entry.special):
                counts[block.zone.node] += pages.bit_count()
        found.append(tuple(counts))
    return tuple(found)


def node_letters(slots: str, counts: tuple[tuple[int, ...], ...]) -> str:
    """One character for each slot: the node, `m` for several, `?` where it cannot be told."""
    letters = ""
    for letter, pages in zip(slots, counts, strict=True):
        nodes = [nid for nid, count in enumerate(pages) if count]
        if len(nodes) > 1:
            letters += "m"
        elif nodes:
            letters += str(nodes[0])
        else:
            letters += "." if letter == "." else "?"
    return letters
