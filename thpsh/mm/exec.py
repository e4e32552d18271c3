"""A new program in a process (fs/exec.c, fs/binfmt_elf.c): its VMAs, its stack, its first pages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.bug import bug
from thpsh.mm.fault_inject import should_fail
from thpsh.mm.huge_memory.mm_slot import khugepaged_enter_vma_merge
from thpsh.mm.memory.fault import handle_range
from thpsh.mm.oom_retry import retry_after_oom
from thpsh.mm.rss_stat import sync_mm_rss
from thpsh.mm.task import new_mm
from thpsh.mm.unmapped_area import arch_pick_mmap_layout
from thpsh.mm.vma import insert_vm_struct, mm_of, vm_stat_account
from thpsh.structs.page import KIB, PAGE_SHIFT, PAGE_SIZE, STACK_TOP, page_align
from thpsh.structs.page_cache import AddressSpace, File, FileKind
from thpsh.structs.page_table import HugePmd
from thpsh.structs.vma import Vm, Vma

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task

PROGRAM: Final = "/bin/app"
VDSO: Final = 0x7FFFF7FFE000
START_BRK: Final = 0x420000
FIRST_BRK: Final = 0x4F4000  # what the C library asks for before main()
STACK_EXPAND: Final = 128 * KIB
DEFAULT_ARGS: Final = PAGE_SIZE
_ARGS_SHARE: Final = 4  # of the stack limit may be arguments

# The segments of the program: start, end, flags, page offset, pages read before main(); of its data one is written.
_SEGMENTS: Final = (
    (0x400000, 0x401000, Vm.READ, 0, 1),
    (0x401000, 0x41A000, Vm.READ | Vm.EXEC, 1, 25),
    (0x41A000, 0x41E000, Vm.READ, 0x1A, 4),
    (0x41E000, 0x420000, Vm.READ | Vm.WRITE, 0x1D, 2),
)
_END_CODE: Final = 0x41937A  # as recorded: the last byte of code, not the end of its segment
_HEAP_PAGES: Final = 3


def spawn(
    kernel: Kernel, name: str, parent: Task, cpu: int, program: str = PROGRAM, *, memcg: MemCgroup | None = None
) -> Task:
    """Start a program, in a group if one is given: fork of the parent, then exec."""
    from thpsh.mm.fork import fork  # boot runs init without: start-up does not pay for it

    task = fork(kernel, parent, name)
    if memcg is not None:
        from thpsh.mm.memcg_attach import cgroup_attach

        cgroup_attach(kernel, memcg, task)
    kernel.own(task)
    task.cpu = cpu
    task.oom_score_adj = 0
    execve(kernel, task, DEFAULT_ARGS, program)
    return task


def program_file(kernel: Kernel, name: str = PROGRAM) -> File:
    """The file of a program; all of them have the same size and segments."""
    found = kernel.tables.files.get(name)
    if found is None:
        totals = kernel.totals
        kernel.own(totals)
        kernel.own(kernel.tables)
        mapping = AddressSpace(swap_backed=False, unevictable=True, epoch=kernel.journal.epoch)  # ramfs
        found = File(name, FileKind.REGULAR, "00:01", totals.next_inode, mapping, 0x1F000, epoch=kernel.journal.epoch)
        totals.next_inode += 1
        kernel.tables.files[name] = found
    return found


def _vdso_file(kernel: Kernel) -> File:
    return File(
        "[vdso]", FileKind.SPECIAL, "00:00", 0, AddressSpace(swap_backed=False), PAGE_SIZE, epoch=kernel.journal.epoch
    )


def execve(kernel: Kernel, task: Task, args: int, program: str = PROGRAM) -> None:
    """Replace a process's program; `args` bytes of arguments and environment go to the top of its new stack.

    Raises E2BIG when the arguments take more than a quarter of the stack limit.
    """
    old = task.mm
    mm = new_mm(kernel, task)
    if old is not None:
        mm.stack_limit = old.stack_limit
    most = mm.stack_limit // _ARGS_SHARE
    if args > most:
        raise KernelError(Errno.E2BIG, f"arguments of {args} bytes: at most {most} fit a quarter of the stack limit")
    kernel.own(task)
    task.mm = mm
    stack = _first_stack(kernel, task, page_align(max(args, 1)), old)
    if old is not None:
        from thpsh.mm.exit import drop_mm

        drop_mm(kernel, task, old)
    task.regions = {}
    try:
        _load_program(kernel, task, mm, program_file(kernel, program))
    except KernelError as error:
        if not task.dead:  # there is no old program to go back to
            from thpsh.mm.exit import do_exit
            from thpsh.mm.memory.nonpresent import PoisonedPage, say_poisoned

            lost = isinstance(error, PoisonedPage)
            if isinstance(error, PoisonedPage):
                say_poisoned(kernel, task, error.address)
            do_exit(kernel, task, "SIGBUS" if lost else "SIGKILL")
        raise
    kernel.own(stack)
    stack.flags &= ~Vm.STACK_INCOMPLETE_SETUP
    kernel.clock.spend(kernel.cost.syscall)


def _first_stack(kernel: Kernel, task: Task, args: int, old: Mm | None) -> Vma:
    """Set up the new stack; if that fails, the process goes on with its old memory, unless it was killed."""
    mm = mm_of(task)
    try:
        return _setup_stack(kernel, task, mm, args)
    except KernelError:
        from thpsh.mm.exit import drop_mm

        if task.dead:
            if old is not None:
                drop_mm(kernel, task, old)
        else:
            task.mm = old
            drop_mm(kernel, task, mm)
        raise


def _populate(kernel: Kernel, task: Task, vma: Vma, pages: tuple[int, int], *, write: bool) -> None:
    """Use pages from first up to last, killing somebody whenever memory ends."""
    retry_after_oom(kernel, task, partial(handle_range, kernel, task, vma, *pages, write))


def _map(kernel: Kernel, vma: Vma) -> Vma:
    insert_vm_struct(kernel, vma)
    kernel.own(vma.mm)
    vma.mm.total_vm += vma.nr_pages
    vm_stat_account(kernel, vma.mm, vma.flags, vma.file, vma.nr_pages)
    return vma


def _setup_stack(kernel: Kernel, task: Task, mm: Mm, args: int) -> Vma:
    """The stack as exec fills it: marked temporary, so that its first pages are never huge (setup_arg_pages)."""
    start = STACK_TOP - args - PAGE_SIZE - STACK_EXPAND  # the lowest page is the guard
    flags = Vm.DATA_DEFAULT | Vm.GROWSDOWN | Vm.ACCOUNT | Vm.STACK_INCOMPLETE_SETUP
    stack = _map(kernel, Vma(mm, start, STACK_TOP, flags, start >> PAGE_SHIFT, epoch=kernel.journal.epoch))
    mm.start_stack = mm.arg_start = STACK_TOP - args
    arch_pick_mmap_layout(kernel, mm)
    _populate(kernel, task, stack, (STACK_TOP - args, STACK_TOP), write=True)
    if kernel.tables.inject and should_fail(kernel, "exec_copy"):
        _meet_khugepaged(kernel, task, stack)
    sync_mm_rss(kernel, mm)  # counted at once: the new address space is not the current one yet
    khugepaged_enter_vma_merge(kernel, stack)  # it is expanded by 128 KiB, as any growing stack
    return stack


def _meet_khugepaged(kernel: Kernel, task: Task, stack: Vma) -> None:
    """Khugepaged looks at the stack, registered as it grew, before it is moved to its place (shift_arg_pages).

    To be moved, a huge page must be split, which finds it by reverse mapping: that leaves this area out.
    """
    from thpsh.mm.huge_memory.khugepaged import khugepaged_run

    khugepaged_enter_vma_merge(kernel, stack)
    if kernel.khugepaged.running:
        khugepaged_run(kernel)
    if any(isinstance(entry, HugePmd) for entry in stack.mm.pmds.values()):
        calls = ("__split_huge_page", "split_huge_page", "__split_huge_page_pmd", "move_page_tables", "shift_arg_pages")
        said = "mapcount 0 page_mapcount 1"
        bug(kernel, "mm/huge_memory.c:1368", task.name, (*calls, "setup_arg_pages", "load_elf_binary"), said)


def _load_program(kernel: Kernel, task: Task, mm: Mm, file: File) -> None:
    """Map the program, its heap and the vdso, and run it up to main()."""
    mm.start_code, mm.end_code = _SEGMENTS[0][0], _END_CODE
    mm.start_data, mm.end_data = _SEGMENTS[3][0], _SEGMENTS[3][1]
    mm.start_brk, mm.brk = START_BRK, FIRST_BRK
    for start, end, access, pgoff, used in _SEGMENTS:
        flags = access | Vm.MAY | Vm.EXECUTABLE | Vm.DENYWRITE | (Vm.ACCOUNT if access & Vm.WRITE else 0)
        vma = _map(kernel, Vma(mm, start, end, flags, pgoff, file, epoch=kernel.journal.epoch))
        if access & Vm.WRITE:
            _populate(kernel, task, vma, (start + (used - 1) * PAGE_SIZE, start + used * PAGE_SIZE), write=True)
        _populate(kernel, task, vma, (start, start + used * PAGE_SIZE), write=False)
    flags = Vm.DATA_DEFAULT | Vm.ACCOUNT
    heap = _map(kernel, Vma(mm, START_BRK, FIRST_BRK, flags, START_BRK >> PAGE_SHIFT, epoch=kernel.journal.epoch))
    _populate(kernel, task, heap, (START_BRK, START_BRK + _HEAP_PAGES * PAGE_SIZE), write=True)
    flags = Vm.READ | Vm.EXEC | Vm.MAY | Vm.DONTEXPAND | Vm.ALWAYSDUMP
    _map(kernel, Vma(mm, VDSO, VDSO + PAGE_SIZE, flags, 0, _vdso_file(kernel), epoch=kernel.journal.epoch))
