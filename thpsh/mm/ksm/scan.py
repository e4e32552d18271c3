"""What ksmd does in one turn (mm/ksm.c: ksm_do_scan, scan_get_next_rmap_item, cmp_and_merge_page)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.ksm.items import (
    forget_items,
    item_at,
    leave_tree,
    place_of,
    stable_append,
    stable_insert,
    stable_search,
)
from thpsh.mm.ksm.merge import Page, mergeable_page, try_to_merge
from thpsh.mm.ksm.slots import advance, leave
from thpsh.mm.ksm.unmerge import break_ksm
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.slot_range import pages_in
from thpsh.structs.bits import lowest
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SHIFT, PAGE_SIZE
from thpsh.structs.page_table import HugePmd
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.ksm import Item, KsmSlot
    from thpsh.structs.mm import Mm
    from thpsh.structs.vma import Vma


def ksm_scan(kernel: Kernel, pages: int) -> int:
    """Look at up to so many pages, not beyond the end of a full scan; returns how many there were."""
    for done in range(pages):
        page = _next_page(kernel)
        if page is None:
            return done
        kernel.clock.spend(kernel.cost.scan_page)
        items = page.vma.mm.ksm_slots[page.address >> HPAGE_SHIFT]
        if not page.merged or place_of(page.address)[1] not in items.nodes:
            _cmp_and_merge(kernel, page, items)
    return pages


def _next_page(kernel: Kernel) -> Page | None:
    """The next mergeable page, which gets an item if it has none; None when the last process is done with."""
    ksm = kernel.ksm
    if not ksm.mms:
        return None
    kernel.own(ksm)
    mm = ksm.cursor_mm
    if mm is None:
        if any(pagevec.entries for cpu in kernel.cpus for pagevec in cpu.pagevecs):
            ksm.quiet = False
            lru_add_drain_all(kernel)
        ksm.unstable = {}
        mm = ksm.cursor_mm = ksm.mms[0]
        ksm.cursor_address = 0
    while mm is not None:
        before = ksm.cursor_address
        page = _in_mm(kernel, mm) if mm.users else None
        if page is not None:
            forget_items(kernel, mm, before, page.address)
            item_at(kernel, mm, page.address)
            ksm.cursor_address = page.address + PAGE_SIZE
            return page
        if not mm.users:
            before = ksm.cursor_address = 0
        forget_items(kernel, mm, before)
        if ksm.cursor_address:
            advance(kernel, mm)
        else:
            leave(kernel, mm)
        mm = ksm.cursor_mm
    ksm.full_scans += 1
    return None


def _in_mm(kernel: Kernel, mm: Mm) -> Page | None:
    """The next mergeable page of a process; the cursor ends behind its last mergeable VMA where there is none."""
    ksm = kernel.ksm
    for vma in mm.vmas[mm.find(ksm.cursor_address) :]:
        if not vma.flags & Vm.MERGEABLE:
            continue
        ksm.cursor_address = max(ksm.cursor_address, vma.start)
        if vma.anon_vma is not None:
            page = _in_vma(kernel, vma, ksm.cursor_address)
            if page is not None:
                return page
        ksm.cursor_address = vma.end
    return None


def _in_vma(kernel: Kernel, vma: Vma, start: int) -> Page | None:
    pmds = vma.mm.pmds
    for slot in range(start >> HPAGE_SHIFT, (vma.end - 1 >> HPAGE_SHIFT) + 1):
        entry = pmds.get(slot)
        if entry is None:
            continue
        mask = pages_in(slot, start, vma.end)
        if not isinstance(entry, HugePmd):
            mask &= entry.present & ~entry.special
        while mask:
            number = lowest(mask)
            page = mergeable_page(kernel, vma.mm, (slot << HPAGE_SHIFT) + (number << PAGE_SHIFT))
            if page is not None:
                return page
            mask &= mask - 1
    return None


def _cmp_and_merge(kernel: Kernel, page: Page, items: KsmSlot) -> None:
    """Join a page to a merged one of the same content, or to another page that has not changed for a while either."""
    mm, number = page.vma.mm, place_of(page.address)[1]
    leave_tree(kernel, mm, page.address, items)
    node = stable_search(kernel, page.block, page.frame)
    if node is not None:
        kernel.ksm.quiet = False
        if try_to_merge(kernel, page, (node.block, node.frame)) and page.vma.anon_vma is not None:
            stable_append(kernel, node, mm, page.address, page.vma.anon_vma)
        return
    checksum = page.content + 1
    if items.sums.get(number) != checksum:
        kernel.own(items)
        kernel.ksm.quiet = False
        items.sums[number] = checksum
        return
    twin = _unstable_search(kernel, page, items)
    if twin is not None:
        kernel.ksm.quiet = False
        _merge_two(kernel, page, twin)


def _unstable_search(kernel: Kernel, page: Page, items: KsmSlot) -> Page | None:
    """Another page with the content of this one; where there is none, this one waits in the tree to be found."""
    ksm = kernel.ksm
    found: Item | None = ksm.unstable.get(page.content)
    if found is not None:
        twin = mergeable_page(kernel, *found)
        if twin is None or (twin.block, twin.frame) == (page.block, page.frame):
            return None
        if twin.content == page.content:
            return twin
    kernel.own(ksm)
    kernel.own(items)
    ksm.unstable[page.content] = (page.vma.mm, page.address)
    ksm.pages_unshared += 1
    items.unstable |= 1 << place_of(page.address)[1]
    return None


def _merge_two(kernel: Kernel, page: Page, twin: Page) -> None:
    """Make the page a merged one and join its twin to it (try_to_merge_two_pages)."""
    if not try_to_merge(kernel, page, None):
        return
    target = (page.block, page.frame)
    if not try_to_merge(kernel, twin, target):
        break_ksm(kernel, page.vma, page.address, page.address + PAGE_SIZE)
        return
    other = twin.vma.mm
    leave_tree(kernel, other, twin.address, other.ksm_slots[twin.address >> HPAGE_SHIFT])
    node = stable_insert(kernel, *target)
    for each in (twin, page):
        if each.vma.anon_vma is not None:
            stable_append(kernel, node, each.vma.mm, each.address, each.vma.anon_vma)
