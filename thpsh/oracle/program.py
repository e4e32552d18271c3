"""The recorder's own program: what it maps and touches before and between the operations, as measured on 3.0.1.

VmRSS of a recorded process is 13 pages at its birth (12 anonymous ones and one of the data file, copied by fork); then
it takes 37 faults of its own: 30 on the pages of its program, four that copy what it shares with the recorder, three on
new pages of the heap (proc-rss-lag: the 66th fault, the first to add to VmRSS, is the 29th of the pages touched there).
With `exact on` the recorder's heap has one page more, so that VmRSS begins with 14 (proc-status).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.exec import program_file, spawn
from thpsh.mm.fault import TouchMode, touch
from thpsh.structs.page import PAGE_SIZE, STACK_TOP

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task

PROGRAM: Final = "/thpprobe"
_INODE: Final = 833
_CODE: Final = ((0x400000, 1), (0x401000, 25), (0x41A000, 4))  # start and pages of what is only read
_DATA: Final = 0x41F000
_HEAP: Final = 0x420000
_HEAP_PAGES: Final = 8  # in use before the first operation
_STACK_PAGES: Final = 3
_NEW_PAGES: Final = 3  # of the heap, that a child needs

# Pages of the recorder's heap by what writes to them; the numbers of anonymous pages in the recordings tell.
EXACT: Final = (11,)  # counters are read exactly
WRITE_FILE: Final = (8,)  # of those that a child needs, too
SWAPON: Final = (-1,)  # the page of data below the heap: a copy of what the keeper shares, no page more (proc-status)
MAKE_GROUP: Final = (0, 1, 2, 12, 13)
MOVE_GROUP: Final = (0, 1, 2, 3)
PICK_LINES: Final = (14,)
AFTER_KEEPER: Final = (0, 1, 2, 3, 4, 5, 6, 7)
KEEPER: Final = (11,)


def start_recorder(kernel: Kernel) -> Task:
    """The recorder's process: its children inherit a used heap and stack."""
    file = program_file(kernel, PROGRAM)
    file.inode = _INODE
    task = spawn(kernel, "thpprobe", kernel.tasks[1], 0, PROGRAM)
    _write(kernel, task, _HEAP, _HEAP_PAGES)
    _write(kernel, task, STACK_TOP - _STACK_PAGES * PAGE_SIZE, _STACK_PAGES)
    return task


def use_heap(kernel: Kernel, task: Task, pages: tuple[int, ...]) -> None:
    """What an operation writes to in the recorder's own heap: new pages at first, copies after a fork.

    They pass through the LRU caches with those of the recorded processes, so that their number is seen in what waits
    there (memcg-usage-small).
    """
    for page in pages:
        _write(kernel, task, _HEAP + page * PAGE_SIZE, 1)


def run_parent(kernel: Kernel, task: Task) -> None:
    """What a process writes to right after a fork, before the child runs: five copies are charged to its group.

    They stay there until it exits (memcg-fork-cow), and the child finds itself the only user of the originals.
    """
    faults = task.min_flt
    _write_own(kernel, task, 1)
    task.min_flt = faults


def _write_own(kernel: Kernel, task: Task, heap: int) -> None:
    _write(kernel, task, _DATA, 1)
    _write(kernel, task, STACK_TOP - _STACK_PAGES * PAGE_SIZE, _STACK_PAGES)
    _write(kernel, task, _HEAP + _HEAP_PAGES * PAGE_SIZE, heap)


def run_child(kernel: Kernel, task: Task, heap: int = _NEW_PAGES) -> None:
    """What a new process of the recorder touches until it waits for its first operation.

    Of the heap a child of the recorder needs three new pages; that of another process finds them there.
    """
    for start, pages in _CODE:
        touch(kernel, task, start, pages * PAGE_SIZE, TouchMode(write=False))
    _write_own(kernel, task, heap)
    task.min_flt = 0


def _write(kernel: Kernel, task: Task, start: int, pages: int) -> None:
    touch(kernel, task, start, pages * PAGE_SIZE, TouchMode(value=1))
