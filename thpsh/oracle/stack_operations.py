"""Operations on stacks: growing one, and programs started with long arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.exec import execve
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.fork import fork
from thpsh.oracle.program import PROGRAM
from thpsh.oracle.recorder import FIRST_TO_GO, Process
from thpsh.oracle.reply import Reply
from thpsh.structs.bits import lowest
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SHIFT, PAGE_SIZE
from thpsh.structs.page_table import PageTable
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.oracle.recorder import Recorder
    from thpsh.oracle.reply import Handler
    from thpsh.oracle.words import Words
    from thpsh.structs.vma import Vma

_POINTERS: Final = 1024  # bytes beside the arguments: pointers, environment, auxiliary vector
_STACK_LIMIT: Final = 1 << 30  # the recorder raises it before it starts the program
_FRAMES: Final = 2  # pages of stack below the arguments that the program uses at once


def _stack_vma(process: Process) -> Vma:
    mm = process.task.mm
    assert mm is not None
    return next(vma for vma in reversed(mm.vmas) if vma.flags & Vm.GROWSDOWN)


def _name_stack(process: Process) -> None:
    """The region `stack` is the VMA as /proc/PID/maps shows it: without its guard page."""
    vma = _stack_vma(process)
    process.add("stack", vma.start + PAGE_SIZE, vma.end - vma.start - PAGE_SIZE)


def _lowest_page(process: Process) -> int:
    """The lowest stack page in use; the stack pointer is just above it."""
    vma = _stack_vma(process)
    for slot in range(vma.start >> HPAGE_SHIFT, (vma.end - 1 >> HPAGE_SHIFT) + 1):
        entry = vma.mm.pmds.get(slot)
        if isinstance(entry, PageTable) and entry.present:
            return (slot << HPAGE_SHIFT) + (lowest(entry.present) << PAGE_SHIFT)
        if entry is not None and not isinstance(entry, PageTable):
            return slot << HPAGE_SHIFT
    return vma.end


def _stack(recorder: Recorder, words: Words) -> Reply:
    """Use that much more stack, page by page downwards."""
    process, size = recorder.process(words), words.size(2)
    top = _lowest_page(process) + PAGE_SIZE
    for address in range(top, top - size - PAGE_SIZE, -PAGE_SIZE):
        touch(recorder.kernel, process.task, address, 1, TouchMode(value=1))
    _name_stack(process)
    return Reply()


def _exec(recorder: Recorder, words: Words) -> Reply:
    """A new process that executes the recorder's program with so many bytes of arguments."""
    kernel = recorder.kernel
    task = fork(kernel, recorder.task, words[1])
    assert task.mm is not None
    task.mm.stack_limit = _STACK_LIMIT
    execve(kernel, task, words.size(2) + _POINTERS, PROGRAM)
    task.oom_score_adj = FIRST_TO_GO
    process = recorder.enter(Process(words[1], task))
    below = _lowest_page(process)
    touch(kernel, task, below - _FRAMES * PAGE_SIZE, _FRAMES * PAGE_SIZE, TouchMode())
    _name_stack(process)
    return Reply()


STACK_OPERATIONS: Final[Mapping[str, Handler]] = {"stack": _stack, "exec": _exec}
