"""pagetable: the four levels above an address."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.commands.words import parse_address
from thpsh.errors import UsageError
from thpsh.mm.frames import frame_at
from thpsh.observe.page_tree import tree_rows
from thpsh.render.report import Report, show
from thpsh.render.tree import tree_lines
from thpsh.structs.page import HPAGE_NR, HPAGE_SHIFT, PAGE_SHIFT, TASK_SIZE
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.swap_entry import SWP_HWPOISON, swp_offset, swp_type

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.structs.hugetlb import HugetlbPte
    from thpsh.structs.mm import Mm


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument("addr", metavar="ADDR", nargs="?", help="the address (default: the tree of all that is mapped)")
    json_argument(parser)


def run(call: Call) -> None:
    """Print which entry of each level an address goes through, and what it says."""
    task = call.task()
    mm = call.mm(task)
    if call.option("addr") is None:
        if call.option("json"):
            call.print(json.dumps(tree_rows(mm), indent=2))
            return
        for line in tree_lines(tree_rows(mm)):
            call.print(line)
        return
    address, _ = parse_address(task, call.option("addr"))
    if address >= TASK_SIZE:
        raise UsageError(f"{address:#x}: expected an address of the user half, below {TASK_SIZE:#x}")
    columns = ("LEVEL", "INDEX", "POINTS TO", "FLAGS")
    show(Report(columns, _walk(call, mm, address), title=f"{address:#x}"), call.out, as_json=call.option("json"))


def _walk(call: Call, mm: Mm, address: int) -> list[tuple[str, int, str, str]]:
    slot = address >> HPAGE_SHIFT
    page = address >> PAGE_SHIFT & HPAGE_NR - 1
    pud, pmd = mm.pud_pages.get(slot >> 18), mm.pmd_pages.get(slot >> 9)
    rows = [("PGD", address >> 39 & 511, _table(pud), ""), ("PUD", address >> 30 & 511, _table(pmd), "")]
    entry = mm.pmds.get(slot) or mm.hugetlb.get(slot)
    if entry is None:
        lost = mm.hugetlb_lost.get(slot)
        return [*rows, ("PMD", slot & 511, "nothing" if lost is None else f"poisoned huge page, frame {lost:#x}", "")]
    if not isinstance(entry, PageTable):
        flags = _flags(("huge", True), ("writable", entry.writable), ("dirty", entry.dirty), ("young", entry.young))
        return [*rows, ("PMD", slot & 511, _huge(entry), flags)]
    rows.append(("PMD", slot & 511, _table(entry.pfn), ""))
    return [*rows, ("PTE", page, *_pte(call, entry, page))]


def _huge(entry: HugePmd | HugetlbPte) -> str:
    if isinstance(entry, HugePmd):
        return f"huge page, frame {entry.block.start_pfn:#x}"
    page = entry.page
    return f"page of hugetlbfs, frame {page.block.start_pfn:#x}, mapped {page.mapcount}x"


def _pte(call: Call, table: PageTable, page: int) -> tuple[str, str]:
    if table.swapped and page in table.swapped:
        return _entry(table.swapped[page]), ""
    if not table.present >> page & 1:
        return "nothing", ""
    flags = _flags(*((name, getattr(table, name) >> page & 1) for name in ("writable", "dirty", "young")))
    if table.special >> page & 1:
        return "the zero page", flags
    block, frame = frame_at(call.kernel, table, page)
    return f"page, frame {block.start_pfn + frame:#x}, mapped {block.mapcount(frame)}x", flags


def _entry(entry: int) -> str:
    """An entry that is neither empty nor present."""
    if swp_type(entry) == SWP_HWPOISON:
        return f"poisoned, frame {swp_offset(entry):#x}"
    return f"swapped, device {swp_type(entry)}, slot {swp_offset(entry):#x}"


def _table(pfn: int | None) -> str:
    return "nothing" if pfn is None else f"page table, frame {pfn:#x}"


def _flags(*named: tuple[str, object]) -> str:
    return " ".join(name for name, value in named if value)


COMMAND = Command(
    name="pagetable",
    group="Views",
    summary="a process' page tables: a tree, or the walk to an address",
    example="pagetable app buf+4K",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr"},
)
