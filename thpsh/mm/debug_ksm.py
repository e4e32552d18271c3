"""What must hold of merged pages and of what ksmd remembers; a part of debug_vm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import ModelBug
from thpsh.mm.frames import pieces
from thpsh.mm.ksm.items import is_stale
from thpsh.mm.page_flags import ksm_pages
from thpsh.mm.page_rmap import held_otherwise
from thpsh.structs.bits import shifted
from thpsh.structs.page_table import PageTable

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.ksm import StableNode
    from thpsh.structs.mm import Mm


def check_ksm(kernel: Kernel, mms: list[Mm]) -> None:
    """Merged pages are in use and read-only everywhere; the counters are the sums of what is remembered."""
    _check_pages(kernel)
    _check_counters(kernel)
    if any(ksm_pages(block) != 0 for zone in kernel.zones for block in zone.pageblocks.values()):
        for mm in mms:
            _check_entries(kernel, mm)


def _check_pages(kernel: Kernel) -> None:
    for zone in kernel.zones:
        for block in zone.pageblocks.values():
            merged = ksm_pages(block)
            lost = merged & ~(block.once | block.pagevec | held_otherwise(block))
            if lost:
                raise ModelBug(f"pageblock {block.index:#x}: merged pages {lost:#x} are neither mapped nor held")
            for frame, node in (block.rare.stable if block.rare is not None else {}).items():
                if not merged >> frame & 1 or (node.block, node.frame) != (block, frame):
                    raise ModelBug(f"frame {block.start_pfn + frame:#x} is in the stable tree but no merged page")
                if node.tag != block.content(frame):
                    raise ModelBug(f"frame {block.start_pfn + frame:#x} was written to, though it is a merged page")


def _check_counters(kernel: Kernel) -> None:
    ksm = kernel.ksm
    known = unstable = stable = 0
    nodes: set[StableNode] = set()
    for mm in ksm.mms:
        for items in mm.ksm_slots.values():
            known += items.known.bit_count()
            unstable += items.unstable.bit_count()
            stable += len(items.nodes)
            nodes.update(items.nodes.values())
            lost = items.unstable & ~items.known
            if lost or items.unstable & sum(1 << page for page in items.nodes):
                raise ModelBug(f"mm {mm.number}: pages in no tree, or in both trees of KSM")
    for name, kept, found in (
        ("rmap_items", ksm.rmap_items, known),
        ("pages_unshared", ksm.pages_unshared, unstable),
        ("pages_shared", ksm.pages_shared, len(nodes)),
        ("pages_sharing", ksm.pages_sharing, stable - len(nodes)),
        ("items of nodes", sum(len(node.items) for node in nodes), stable),
    ):
        if kept != found:
            raise ModelBug(f"KSM {name}: kept {kept}, recomputed {found}")
    for node in ksm.stable.values():
        if not is_stale(node) and not ksm_pages(node.block) >> node.frame & 1:
            raise ModelBug(f"the stable tree holds frame {node.block.start_pfn + node.frame:#x}, no merged page")


def _check_entries(kernel: Kernel, mm: Mm) -> None:
    for slot, table in mm.pmds.items():
        if not isinstance(table, PageTable):
            continue
        for pages, block, shift in pieces(kernel, table, table.present & ~table.special):
            merged = shifted(ksm_pages(block), -shift) & pages
            if merged & table.writable:
                raise ModelBug(f"mm {mm.number} slot {slot:#x}: merged pages {merged:#x} are writable")
