"""A process touches its memory (arch/x86/mm/fault.c: do_page_fault)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from thpsh.mm.content import set_tag
from thpsh.mm.exit import do_exit
from thpsh.mm.frames import frames_of
from thpsh.mm.huge_memory.policy import transparent_hugepage_enabled
from thpsh.mm.hugetlb.no_page import NoHugePage
from thpsh.mm.locks import mmap_sem
from thpsh.mm.memcg_charge import MemcgOutOfMemory
from thpsh.mm.memcg_oom import FaultSleeps, sleep_in_fault, wake_in_fault
from thpsh.mm.memcontrol import count_faults
from thpsh.mm.memory.fault import access_range, handle_pages
from thpsh.mm.memory.nonpresent import PoisonedPage, say_poisoned
from thpsh.mm.memory.scatter import do_scattered_writes
from thpsh.mm.memory.vmf import FaultTally, Vmf
from thpsh.mm.mempolicy import interleaves
from thpsh.mm.oom_retry import kill_for_memory
from thpsh.mm.page_alloc import OutOfMemory
from thpsh.mm.slot_range import pages_in, slots_of
from thpsh.mm.spurious import spurious_fault
from thpsh.mm.stack import GuardPage, expand_stack
from thpsh.mm.tlb import Loop, spend_loop
from thpsh.record import record
from thpsh.structs.bits import progression
from thpsh.structs.page import HPAGE_SHIFT, HPAGE_SIZE, PAGE_SHIFT, PAGE_SIZE, TASK_SIZE
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.vma import Vm
from thpsh.trace.events.fault import Signal
from thpsh.trace.events.vma import Syscall

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

DEFAULT_VALUE: Final = 0x5A


@record(frozen=True)
class TouchMode:
    """How memory is touched: written or read, every page or every `step` bytes, or `random` pages in random order."""

    write: bool = True
    step: int = PAGE_SIZE
    random: int = 0
    value: int = DEFAULT_VALUE
    caught: bool = False  # the process has a signal handler: a bad address ends the touch, not the process


@record
class TouchReport:
    """What a touch cost, and how it ended."""

    minor: int = 0
    major: int = 0
    at: int | None = None  # the address of a SIGSEGV or SIGBUS; the signal of the OOM killer has none
    signal: str = ""
    code: str = ""  # si_code of a SIGSEGV or SIGBUS
    killed: str = ""  # name of a process that died for lack of memory
    group: str = ""  # the group whose limit it died of
    hangs: int | None = None  # the address where it faults for ever
    asleep: str = ""  # the group in which the process now waits for room

    @property
    def ended(self) -> bool:
        """Did it end early, by a signal, asleep or in an endless loop?"""
        return bool(self.signal or self.asleep) or self.hangs is not None


def bad_area(task: Task, kernel: Kernel, address: int, write: bool) -> Vma | None:
    """The VMA that an access at an address may use, the stack grown if need be; None means SIGSEGV."""
    mm = task.mm
    if mm is None or address >= TASK_SIZE:
        return None
    vma = mm.find_vma(address)
    if vma is None:
        return None
    if vma.start > address and not (vma.flags & Vm.GROWSDOWN and expand_stack(kernel, vma, address)):
        return None
    allowed = Vm.WRITE if write else Vm.ACCESS
    return vma if vma.flags & allowed else None


def touch(kernel: Kernel, task: Task, start: int, length: int, mode: TouchMode) -> TouchReport:
    """Access memory as a program does; a bad address or the end of memory kills the process, as the report says.

    One that sleeps until its group has room is gone on with by `resume_faults`.
    """
    found = TouchReport()
    if task.oom_wait is not None:
        found.asleep = task.oom_wait.path
        return found
    before = (task.min_flt, task.maj_flt)
    begin = kernel.clock.moment
    with kernel.trace.cause(Syscall(task.pid, "touch", start, length, "write" if mode.write else "read")):
        if mode.random:
            _touch_random(kernel, task, (start, length), mode, found)
        elif mode.step < HPAGE_SIZE:
            _touch_range(kernel, task, (start, start + length), mode, found)
        else:
            for address in range(start, start + length, mode.step):
                if found.ended:
                    break
                _touch_range(kernel, task, (address, min(address + 1, start + length)), mode, found)
        if found.asleep:
            task.pending = (start, length, mode)
        end = start + length if found.at is None else found.at
        spend_loop(kernel, task, Loop(start, end, mode.step, mode.random), begin)
    found.minor = task.min_flt - before[0]
    found.major = task.maj_flt - before[1]
    return found


def _touch_range(kernel: Kernel, task: Task, span: tuple[int, int], mode: TouchMode, found: TouchReport) -> None:
    """Touch [first, last), VMA by VMA."""
    first, last = span
    while first < last and not found.ended:
        vma = bad_area(task, kernel, first, mode.write)
        if vma is None:
            _bad_area_signal(kernel, task, first, mode, found)
            return
        end = min(last, vma.end)
        if task.mm is not None and task.mm.stuck:
            found.hangs = spurious_fault(kernel, task, first, end)
            if found.hangs is not None:
                return
        try:
            _retry(kernel, task, found, partial(_fault_in, kernel, task, vma, (first, end), mode))
        except PoisonedPage as error:
            _poison_signal(kernel, task, error.address, mode, found)
            return
        except (NoHugePage, GuardPage) as error:
            _bus_error(kernel, task, error.address, mode, found)
            return
        rest = (end - first) % mode.step
        first = end + (mode.step - rest if rest and mode.step > PAGE_SIZE else 0)


def _bad_area_signal(kernel: Kernel, task: Task, address: int, mode: TouchMode, found: TouchReport) -> None:
    """SIGSEGV for an access that no VMA allows (bad_area)."""
    mm = task.mm
    mapped = mm is not None and mm.vma_at(address) is not None
    _deliver(kernel, Signal(task.pid, "SIGSEGV", address, "SEGV_ACCERR" if mapped else "SEGV_MAPERR"), found)
    if not mode.caught:
        do_exit(kernel, task, "SIGSEGV")


def _poison_signal(kernel: Kernel, task: Task, address: int, mode: TouchMode, found: TouchReport) -> None:
    """SIGBUS, action required, for an access to a page lost to a memory error (do_sigbus)."""
    say_poisoned(kernel, task, address)
    _deliver(kernel, Signal(task.pid, "SIGBUS", address, "BUS_MCEERR_AR"), found)
    if not mode.caught:
        do_exit(kernel, task, "SIGBUS")


def _bus_error(kernel: Kernel, task: Task, address: int, mode: TouchMode, found: TouchReport) -> None:
    """SIGBUS for an access that no page of hugetlbfs could be had for, or no guard page of a stack (do_sigbus)."""
    _deliver(kernel, Signal(task.pid, "SIGBUS", address, "BUS_ADRERR"), found)
    if not mode.caught:
        do_exit(kernel, task, "SIGBUS")


def _deliver(kernel: Kernel, signal: Signal, found: TouchReport) -> None:
    """Send a signal that the access itself caused (force_sig_info)."""
    found.at, found.signal, found.code = signal.address, signal.name, signal.code
    kernel.trace.emit(signal)


def resume_faults(kernel: Kernel) -> None:
    """Let tasks that slept in a fault for want of room in their group go on, once that was made."""
    for task in [task for task in kernel.tasks.values() if task.woken]:
        pending = task.pending
        wake_in_fault(kernel, task)
        task.pending = None
        if pending is not None and isinstance(pending[2], TouchMode):
            touch(kernel, task, pending[0], pending[1], pending[2])


def _retry(kernel: Kernel, task: Task, found: TouchReport, access: Callable[[], None]) -> None:
    """Do an access; whenever memory ends, kill somebody and try again (pagefault_out_of_memory)."""
    while True:
        try:
            access()
        except OutOfMemory as error:
            try:
                victim = kill_for_memory(kernel, task, error)
            except FaultSleeps as sleep:
                sleep_in_fault(kernel, task, sleep.over)
                found.asleep = sleep.over.path
                return
            found.killed = victim.name
            if victim is task or not isinstance(error, MemcgOutOfMemory):
                count_faults(kernel, task.cgroup, 1, major=False)  # one that did not come to its end
            found.group = error.over.path if isinstance(error, MemcgOutOfMemory) else ""
            if victim is task:
                found.signal = "SIGKILL"
                return
        else:
            return


def _fault_in(kernel: Kernel, task: Task, vma: Vma, span: tuple[int, int], mode: TouchMode) -> None:
    """Do an access; what faults in it takes mmap_sem once for all, and gives it back before anybody is killed."""
    if kernel.tables.lock_trace and _faults(vma, span, mode.write):
        with mmap_sem(kernel, vma.mm, "read", "do_page_fault"):
            _access(kernel, task, vma, span, mode)
    else:
        _access(kernel, task, vma, span, mode)


def _faults(vma: Vma, span: tuple[int, int], write: bool) -> bool:
    """Does an access to [first, last) enter the kernel at all?"""
    for slot in range(span[0] >> HPAGE_SHIFT, (span[1] - 1 >> HPAGE_SHIFT) + 1):
        entry = vma.mm.pmds.get(slot)
        if entry is None:
            return True
        if not isinstance(entry, PageTable):
            if write and not entry.writable:
                return True
        elif pages_in(slot, *span) & ~(entry.present & entry.writable if write else entry.present):
            return True
    return False


def _access(kernel: Kernel, task: Task, vma: Vma, span: tuple[int, int], mode: TouchMode) -> None:
    first, last = span
    begin = first & -PAGE_SIZE
    end = (last + PAGE_SIZE - 1) & -PAGE_SIZE
    if mode.step <= PAGE_SIZE:
        whole = Vmf(kernel, task, vma, mode.write, FaultTally(), mode.value)
        access_range(
            whole, begin, end, lambda slot, mask: _tag_slot(kernel, vma, slot, mask, mode.value) if mode.write else None
        )
        return
    vmf = Vmf(kernel, task, vma, mode.write, FaultTally())
    address = first
    while address < last:
        slot = address >> HPAGE_SHIFT
        base = slot << HPAGE_SHIFT
        stop = min(last, base + HPAGE_SIZE)
        steps = -(-(stop - address) // mode.step)
        mask = _strided(address - base, stop - base, mode.step)
        handle_pages(vmf, slot, mask)
        if mode.write:
            _tag_slot(kernel, vma, slot, mask, mode.value)
        address += steps * mode.step


def _strided(first: int, last: int, step: int) -> int:
    """The pages touched by an access every `step` bytes from first up to last."""
    if step % PAGE_SIZE == 0:
        return progression(first >> PAGE_SHIFT, (last - 1 >> PAGE_SHIFT) + 1, step >> PAGE_SHIFT)
    mask = 0
    for offset in range(first, last, step):
        mask |= 1 << (offset >> PAGE_SHIFT)
    return mask


def _tag_slot(kernel: Kernel, vma: Vma, slot: int, mask: int, value: int) -> None:
    """Note what was written to the pages of a slot."""
    entry = vma.mm.hugetlb[slot].page if vma.flags & Vm.HUGETLB else vma.mm.pmds[slot]
    if not isinstance(entry, PageTable):
        if entry.block.tagged & mask != mask or entry.block.tag != value or entry.block.rare is not None:
            set_tag(kernel, entry.block, mask, value)
        return
    for block, frames in frames_of(kernel, entry, mask & entry.present & ~entry.special):
        if value and (block.tag == value or not block.tagged) and block.rare is None:
            kernel.own(block)
            block.tag = value
            block.tagged |= frames
        else:
            set_tag(kernel, block, frames, value)


def _touch_random(kernel: Kernel, task: Task, area: tuple[int, int], mode: TouchMode, found: TouchReport) -> None:
    """Touch `mode.random` different pages of an area in random order."""
    start, length = area
    kernel.own(kernel.rng)
    first = start >> PAGE_SHIFT
    count = max(1, length >> PAGE_SHIFT)
    pages = [first + page for page in kernel.rng.sample(count, mode.random)]
    touch_pages(kernel, task, pages, mode, found)


def touch_pages(kernel: Kernel, task: Task, pages: list[int], mode: TouchMode, found: TouchReport) -> None:
    """Touch pages (address >> 12) in the given order, each once."""
    vma = _one_vma(kernel, task, pages, mode)
    if vma is None:
        _touch_singly(kernel, task, pages, mode, found)
        return
    vmf = Vmf(kernel, task, vma, True, FaultTally(), mode.value)
    try:
        with mmap_sem(kernel, vma.mm, "read", "do_page_fault"):
            rest = do_scattered_writes(vmf, pages)
    except OutOfMemory:
        _touch_singly(kernel, task, pages, mode, found)
        return
    _tag_pages(kernel, vma, rest, mode.value)


def _touch_singly(kernel: Kernel, task: Task, pages: list[int], mode: TouchMode, found: TouchReport) -> None:
    """Touch pages one after the other; one in a huge page that was touched before needs no look at its VMA."""
    mm = task.mm
    if mm is None:
        return
    ready: dict[int, HugePmd] = {}
    written: dict[int, int] = {}  # content still to be noted: slot -> pages
    for page in pages:
        slot = page >> 9
        entry = ready.get(slot)
        if entry is not None and mm.pmds.get(slot) is entry and _needs_no_fault(entry, mode.write):
            written[slot] = written.get(slot, 0) | 1 << (page & 511)
            continue
        _note_written(kernel, mm, written, mode)
        _touch_range(kernel, task, (page << PAGE_SHIFT, (page + 1) << PAGE_SHIFT), mode, found)
        if found.ended:
            return
        now = mm.pmds.get(slot)
        if isinstance(now, HugePmd) and not mm.stuck:
            ready[slot] = now
    _note_written(kernel, mm, written, mode)


def _needs_no_fault(entry: HugePmd, write: bool) -> bool:
    """Can a huge page be used without any change to its entry?"""
    return entry.young and (not write or (entry.writable and entry.dirty))


def _note_written(kernel: Kernel, mm: Mm, written: dict[int, int], mode: TouchMode) -> None:
    """Note what was written to pages of huge pages, before anything can happen to these."""
    if mode.write:
        for slot, mask in written.items():
            entry = mm.pmds[slot]
            if isinstance(entry, HugePmd):
                set_tag(kernel, entry.block, mask, mode.value)
    written.clear()


def _one_vma(kernel: Kernel, task: Task, pages: list[int], mode: TouchMode) -> Vma | None:
    """The private anonymous VMA without huge pages that holds all the pages, if they can be served at once."""
    low, high = min(pages) << PAGE_SHIFT, (max(pages) + 1) << PAGE_SHIFT
    vma = task.mm.vma_at(low) if task.mm is not None else None
    if vma is None or high > vma.end or not mode.write or not vma.flags & Vm.WRITE or interleaves(task, vma):
        return None
    if vma.has_ops or vma.flags & (Vm.SHARED | Vm.GROWSDOWN) or transparent_hugepage_enabled(kernel, vma):
        return None
    entries = [vma.mm.pmds[slot] for slot in slots_of(vma.mm, low, high)]
    plain = all(isinstance(entry, PageTable) and not entry.swapped for entry in entries)
    return vma if plain else None


def _tag_pages(kernel: Kernel, vma: Vma, pages: list[int], value: int) -> None:
    masks: dict[int, int] = {}
    for page in pages:
        masks[page >> 9] = masks.get(page >> 9, 0) | 1 << (page & 511)
    for slot, mask in masks.items():
        _tag_slot(kernel, vma, slot, mask, value)
