"""What ksmd remembers of pages, and the two trees they hang in (mm/ksm.c: rmap_item, stable_node)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.page_flags import rare_flags
from thpsh.mm.slot_range import pages_in
from thpsh.structs.bits import PAGES, indices
from thpsh.structs.ksm import KsmSlot, StableNode
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SHIFT

if TYPE_CHECKING:
    from thpsh.structs.anon_vma import AnonVma
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock

_FEW: int = 4  # slots that are looked up one by one


def place_of(address: int) -> tuple[int, int]:
    """The slot of an address and the number of its page there."""
    return address >> HPAGE_SHIFT, address >> PAGE_SHIFT & PAGES - 1


def item_at(kernel: Kernel, mm: Mm, address: int) -> KsmSlot:
    """What is remembered of the slot around a page; the page has an item from now on (get_next_rmap_item)."""
    slot, page = place_of(address)
    items = mm.ksm_slots.get(slot)
    if items is None:
        kernel.own(mm)
        items = mm.ksm_slots[slot] = KsmSlot(epoch=kernel.epoch)
    if not items.known >> page & 1:
        kernel.own(items)
        kernel.own(kernel.ksm)
        kernel.ksm.quiet = False
        items.known |= 1 << page
        kernel.ksm.rmap_items += 1
    return items


def forget_items(kernel: Kernel, mm: Mm, start: int, end: int | None = None) -> None:
    """Drop the items of pages in [start, end), or from start on: nothing mergeable is there any more."""
    slots = mm.ksm_slots
    if not slots or start == end:
        return
    last = max(slots) if end is None else end - 1 >> HPAGE_SHIFT
    first = start >> HPAGE_SHIFT
    stop = (last + 1) << HPAGE_SHIFT if end is None else end
    near = range(first, last + 1) if last - first < _FEW else sorted(slot for slot in slots if first <= slot <= last)
    for slot in near:
        items = slots.get(slot)
        gone = items.known & pages_in(slot, start, stop) if items is not None else 0
        if items is None or not gone:
            continue
        for page in indices(gone & items.unstable | sum(1 << page for page in items.nodes) & gone):
            leave_tree(kernel, mm, (slot << HPAGE_SHIFT) + (page << PAGE_SHIFT), items)
        _drop(kernel, mm, slot, items, gone)


def _drop(kernel: Kernel, mm: Mm, slot: int, items: KsmSlot, gone: int) -> None:
    kernel.own(kernel.ksm)
    kernel.ksm.quiet = False
    kernel.ksm.rmap_items -= gone.bit_count()
    kernel.own(items)
    items.known ^= gone
    items.sums = {page: kept for page, kept in items.sums.items() if not gone >> page & 1}
    if not items.known:
        kernel.own(mm)
        del mm.ksm_slots[slot]


def leave_tree(kernel: Kernel, mm: Mm, address: int, items: KsmSlot) -> None:
    """Take an item out of the tree it is in (remove_rmap_item_from_tree)."""
    _, page = place_of(address)
    ksm = kernel.ksm
    node = items.nodes.get(page)
    if node is not None:
        if is_stale(node):
            remove_node(kernel, node)
            return
        kernel.own(items)
        kernel.own(node)
        kernel.own(ksm)
        del items.nodes[page]
        del node.items[mm, address]
        if node.items:
            ksm.pages_sharing -= 1
        else:
            ksm.pages_shared -= 1
    elif items.unstable >> page & 1:
        kernel.own(items)
        kernel.own(ksm)
        items.unstable ^= 1 << page
        ksm.pages_unshared -= 1
        tag = items.sums[page] - 1
        if ksm.unstable.get(tag) == (mm, address):
            del ksm.unstable[tag]


def is_stale(node: StableNode) -> bool:
    """Is the merged page of a node gone, freed by its last user (get_ksm_page)?"""
    rare = node.block.rare
    return rare is None or rare.stable.get(node.frame) is not node


def remove_node(kernel: Kernel, node: StableNode) -> None:
    """Take a node whose page is gone out of the stable tree (remove_node_from_stable_tree)."""
    ksm = kernel.ksm
    kernel.own(ksm)
    ksm.quiet = False
    kernel.own(node)
    for mm, address in node.items:
        slot, page = place_of(address)
        items = mm.ksm_slots[slot]
        kernel.own(items)
        del items.nodes[page]
    if node.items:
        ksm.pages_shared -= 1
        ksm.pages_sharing -= len(node.items) - 1
    node.items = {}
    if ksm.stable.get(node.tag) is node:
        del ksm.stable[node.tag]


def stable_search(kernel: Kernel, block: Pageblock, frame: int) -> StableNode | None:
    """The merged page with the content of a page: itself, if it is one that came by fork (stable_tree_search)."""
    rare = block.rare
    if rare is not None and frame in rare.stable:
        return rare.stable[frame]
    node = kernel.ksm.stable.get(block.content(frame))
    if node is not None and is_stale(node):
        remove_node(kernel, node)
        return None
    return node


def stable_insert(kernel: Kernel, block: Pageblock, frame: int) -> StableNode:
    """Enter a page that was just merged (stable_tree_insert)."""
    node = StableNode(block, frame, block.content(frame), epoch=kernel.epoch)
    rare = rare_flags(kernel, block)
    rare.stable = {**rare.stable, frame: node}
    kernel.own(kernel.ksm)
    kernel.ksm.stable[node.tag] = node
    return node


def stable_append(kernel: Kernel, node: StableNode, mm: Mm, address: int, anon_vma: AnonVma) -> None:
    """Join an item to a merged page (stable_tree_append)."""
    slot, page = place_of(address)
    items, ksm = mm.ksm_slots[slot], kernel.ksm
    kernel.own(items)
    kernel.own(node)
    kernel.own(ksm)
    if node.items:
        ksm.pages_sharing += 1
    else:
        ksm.pages_shared += 1
    items.nodes[page] = node
    node.items[mm, address] = anon_vma
