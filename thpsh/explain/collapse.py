"""Would khugepaged collapse a range: what its round and collapse_huge_page ask, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.explain.allocation import ask_allocation, ask_charge
from thpsh.explain.check import Decision
from thpsh.explain.fault import advice_of, bounds_of, mode_of, table_of
from thpsh.mm.huge_memory.khugepaged import khugepaged_due
from thpsh.mm.huge_memory.policy import huge_range, is_vma_temporary_stack
from thpsh.mm.huge_memory.scan_pmd import look_at_pages
from thpsh.mm.mempolicy import huge_placement
from thpsh.structs.bits import FULL
from thpsh.structs.khugepaged import Nap, Verdict
from thpsh.structs.page import HPAGE_MASK, HPAGE_SHIFT, HPAGE_SIZE
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.page_table import PageTable
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

QUESTION: Final = "Would khugepaged make it huge?"
_SCAN_PMD: Final = "khugepaged_scan_pmd"
_NS_PER_S: Final = 10**9

# What khugepaged_scan_pmd asks of the pages: id, condition, and the verdict that says it does not hold.
_PAGES: Final = (
    ("present", "no entry is in swap", (Verdict.NOT_PRESENT,)),
    ("writable", "every entry is writable", (Verdict.READ_ONLY, Verdict.ZERO_PAGE)),
    ("lru", "every page is on an LRU list", (Verdict.NOT_ON_LRU,)),
    ("anon", "all are anonymous, none in the swap cache", (Verdict.NOT_ANON,)),
    ("count", "nobody shares or pins a page", (Verdict.PAGE_COUNT,)),
)
_BEHIND: Final = ("lru", "anon", "count")  # asked of pages whose entry is writable
_YOUNG: Final = "some page was used since the last look"
_UNREACHED: Final = "not reached: no entry is writable"
_NAPS: Final = {Nap.SCAN: "asleep until its next round", Nap.ALLOC: "asleep since it found no huge page"}
_SAID: Final = {
    Verdict.NOT_ON_LRU: "is on none yet: it waits in a CPU's LRU cache",
    Verdict.PAGE_COUNT: "has more users than its one mapping",
    Verdict.READ_ONLY: "is not writable",
    Verdict.ZERO_PAGE: "is the zero page",
    Verdict.NOT_PRESENT: "is in swap, or being moved",
    Verdict.NOT_ANON: "is not",
}


def collapse_decision(kernel: Kernel, task: Task, address: int) -> Decision:
    """All conditions of a collapse of the 2 MiB range around an address of a living process."""
    found = Decision(QUESTION)
    mm = task.mm
    vma = mm.vma_at(address) if mm is not None else None
    if mm is None or vma is None:
        found.ask("mapped", "khugepaged_scan_mm_slot", "the address is mapped", "no VMA there", holds=False)
        return found
    _ask_thread(kernel, mm, vma, found)
    _ask_vma(kernel, vma, address, found)
    table = table_of(mm, address)
    if table is None:
        words = "a huge page already" if mm.pmds.get(address >> HPAGE_SHIFT) is not None else "nothing was touched"
        found.ask("table", _SCAN_PMD, "there is a page table", words, holds=False)
        return found
    _ask_pages(kernel, mm, address >> HPAGE_SHIFT, table, found)
    daemon = kernel.khugepaged
    place = huge_placement(kernel, None, vma, address >> HPAGE_SHIFT, (kernel.cpus[daemon.cpu].node, 0))
    ask_allocation(kernel, found, place, defrag=kernel.thp.khugepaged_defrag)
    ask_charge(kernel, found, mm.memcg)
    return found


def _ask_thread(kernel: Kernel, mm: Mm, vma: Vma, found: Decision) -> None:
    daemon = kernel.khugepaged
    if not kernel.features.khugepaged or not kernel.thp.registered:
        found.ask("exists", "hugepage_init", "this host has khugepaged", "it has not", holds=False)
        return
    running = f"{_NAPS.get(daemon.nap, daemon.nap.value)}, `enabled` is {mode_of(kernel)}"
    found.ask("running", "start_khugepaged", "the thread runs", running, holds=daemon.running)
    if not mm.khugepaged:
        text = "not on its list: no huge fault and no advice since `enabled` allows it"
        if vma.flags & Vm.HUGEPAGE and vma.anon_vma is not None and not kernel.intended.advice_registers:
            text = "not on its list: advice is weighed by the flags before it; `changes quirks` has advice_registers"
        found.ask("registered", "khugepaged_enter", "the process is registered", text, holds=False)
        return
    mms = daemon.mms
    text = f"number {mms.index(mm) + 1} of {len(mms)}; {_next_visit(kernel)}"
    found.ask("registered", "khugepaged_enter", "the process is registered", text, holds=True)


def _next_visit(kernel: Kernel) -> str:
    due = khugepaged_due(kernel)
    if due is None:
        return "no round is due"
    return f"the next round is due in {max(0, due - kernel.clock.moment) / _NS_PER_S:.1f} s"


def _ask_vma(kernel: Kernel, vma: Vma, address: int, found: Decision) -> None:
    name = "khugepaged_scan_mm_slot"
    wanted = kernel.thp.enabled_always or bool(vma.flags & Vm.HUGEPAGE)
    declined = bool(vma.flags & Vm.NOHUGEPAGE) and kernel.features.khugepaged_madvise_aware
    text = f"{mode_of(kernel)}, {advice_of(vma)}"
    found.ask("advice", name, "`enabled` and the advice", text, holds=wanted and not declined)
    text = "never touched" if vma.anon_vma is None else "anonymous"
    found.ask("anon_vma", name, "the area has anonymous memory", text, holds=vma.anon_vma is not None)
    file = vma.has_ops or (vma.file is not None and not kernel.features.devzero_private)
    found.ask("ops", name, "vm_ops is NULL", "a file or shared memory" if file else "none", holds=not file)
    if is_vma_temporary_stack(kernel, vma):
        found.ask("stack", "is_vma_temporary_stack", "not a stack that exec is filling", "it is one", holds=False)
    first, last = huge_range(vma)
    base = address & HPAGE_MASK
    text = f"{base:x}-{base + HPAGE_SIZE:x} in {bounds_of(vma)}"
    found.ask("fits", name, "the whole range lies in the VMA", text, holds=first <= base < last)


def _ask_pages(kernel: Kernel, mm: Mm, slot: int, table: PageTable, found: Decision) -> None:
    """The 512 entries and the pages behind them; the kernel stops at the first that will not do."""
    obstacles, used = look_at_pages(kernel, mm, slot, table)
    away = table.nonpresent if table.swapped else 0
    empty = (FULL & ~(table.present | away)).bit_count()
    most = kernel.khugepaged.max_ptes_none
    text = f"{empty} empty, max_ptes_none is {most}"
    found.ask("none", _SCAN_PMD, "not too many entries are empty", text, holds=empty <= most)
    first = {verdict: page for page, _, verdict in obstacles}
    writable = table.present & table.writable & ~table.special
    for name, asks, verdicts in _PAGES:
        if name in _BEHIND and not writable:
            found.skip(name, _SCAN_PMD, asks, _UNREACHED)
            continue
        said = [(first[verdict], verdict) for verdict in verdicts if verdict in first]
        text = f"page {said[0][0]} {_SAID[said[0][1]]}" if said else "so it is"
        found.ask(name, _SCAN_PMD, asks, text, holds=not said)
    if not writable:
        found.skip("young", _SCAN_PMD, _YOUNG, _UNREACHED)
        return
    text = f"{used.bit_count()} of {table.present.bit_count()} were"
    found.ask("young", _SCAN_PMD, _YOUNG, text, holds=bool(used))
