"""The page tables of a process as rows of a tree; entries that say the same are told together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.structs.bits import FULL, runs
from thpsh.structs.page_table import HugePmd, PageTable

if TYPE_CHECKING:
    from thpsh.structs.mm import Mm

Row = tuple[int, str]
"""(depth, text)"""

_FEW: Final = 6  # stretches of entries told one by one
_BITS: Final = ("writable", "dirty", "young")


def tree_rows(mm: Mm) -> list[Row]:
    """PGD, PUD, PMD and PTE entries in use, lowest address first."""
    rows: list[Row] = [(0, f"mm{mm.number}: PGD")]
    last_pgd = last_pud = -1
    slots = sorted((*mm.pmds, *mm.hugetlb, *mm.hugetlb_lost))
    place = 0
    while place < len(slots):
        slot = slots[place]
        if slot >> 18 != last_pgd:
            last_pgd, last_pud = slot >> 18, -1
            rows.append((1, f"[{last_pgd & 511}] PUD, from {last_pgd << 39:#x}"))
        if slot >> 9 != last_pud:
            last_pud = slot >> 9
            rows.append((2, f"[{last_pud & 511}] PMD, from {last_pud << 30:#x}"))
        count = _alike(mm, slots, place)
        rows += _entry(mm, slot, count)
        place += count
    return rows


def _alike(mm: Mm, slots: list[int], place: int) -> int:
    """How many slots from one on follow each other and say the same."""
    text = _words(mm, slots[place])
    count = 1
    while (
        place + count < len(slots)
        and slots[place + count] == slots[place] + count
        and slots[place + count] >> 9 == slots[place] >> 9
        and _words(mm, slots[place + count]) == text
    ):
        count += 1
    return count


def _entry(mm: Mm, slot: int, count: int) -> list[Row]:
    index = str(slot & 511) if count == 1 else f"{slot & 511}-{(slot & 511) + count - 1}"
    each = "" if count == 1 else f"{count} x "
    rows: list[Row] = [(3, f"[{index}] {each}{_words(mm, slot)}")]
    entry = mm.pmds.get(slot)
    if count == 1 and isinstance(entry, PageTable):
        rows += [(4, text) for text in _stretches(entry)]
    return rows


def _words(mm: Mm, slot: int) -> str:
    entry = mm.pmds.get(slot) or mm.hugetlb.get(slot)
    if entry is None:
        return "poisoned huge page"
    if isinstance(entry, PageTable):
        return f"page table: {entry.present.bit_count()} of 512 present"
    kind = "huge page" if isinstance(entry, HugePmd) else "page of hugetlbfs"
    bits = " ".join(name for name in _BITS if getattr(entry, name))
    return f"{kind}, 2 MiB: {bits or 'no bits'}"


def _stretches(table: PageTable) -> list[str]:
    """The entries of a page table, equal ones together; of many only the first few."""
    masks = {name: getattr(table, name) for name in _BITS}
    kinds: dict[str, int] = {}
    rest = table.present
    while rest:
        page = (rest & -rest).bit_length() - 1
        alike, words = rest, []
        for name, mask in masks.items():
            has = bool(mask >> page & 1)
            alike &= mask if has else FULL & ~mask
            words += [name] if has else []
        if table.special >> page & 1:
            alike &= table.special
            words.append("zero page")
        else:
            alike &= ~table.special
        kinds[" ".join(words) or "read-only"] = alike
        rest &= ~alike
    if table.swapped:
        kinds["swap entry"] = table.nonpresent
    found = sorted((first, length, text) for text, mask in kinds.items() for first, length in runs(mask))
    lines = [
        f"[{first}] small page: {text}"
        if length == 1
        else f"[{first}-{first + length - 1}] {length} small pages: {text}"
        for first, length, text in found[:_FEW]
    ]
    return lines + [f"... {len(found) - _FEW} stretches more"] * (len(found) > _FEW)
