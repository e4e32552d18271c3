"""What the kernel says when it finds itself in the wrong (lib/bug.c, mm/page_alloc.c: bad_page)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from thpsh.mm.panic import panic
from thpsh.structs.bits import FULL
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock

_VMEMMAP: Final = 0xFFFFEA0000000000
_STRUCT_PAGE: Final = 56
_HEAD: Final = 1 << 14  # PG_head
_TAIL: Final = 1 << 15
_BURST: Final = 60
_ZONE_SHIFT: Final = 56  # of page->flags, with room for 64 nodes
_ZONE_SHIFT_FLAT: Final = 62  # without any
_NODE_SHIFT: Final = 58
_USED: Final = 4  # PCG_USED of page_cgroup->flags


def bug(kernel: Kernel, place: str, process: str, calls: tuple[str, ...], said: str = "") -> NoReturn:
    """BUG(): the log shows where and on whose behalf, innermost call first, and the host stops; raises KernelPanic.

    A real kernel might stagger on without the thread; what it then does is no longer defined.
    """
    lines = [said] if said else []
    lines += ["------------[ cut here ]------------", f"kernel BUG at {place}!", "invalid opcode: 0000 [#1] SMP"]
    kernel.trace.emit(Printk("\n".join([*lines, *_stack(kernel, process, calls)])))
    panic(kernel, "Fatal exception")


def bad_page(kernel: Kernel, page: tuple[Pageblock, int], group: str, process: str, calls: tuple[str, ...]) -> None:
    """A frame of a huge page on its way to or from the free lists still looks charged: reported, never used again.

    The page is a head while it is freed; tails are met when they are allocated again. In a real kernel only
    CONFIG_DEBUG_VM looks at the page_cgroup; here every build does, as nobody would notice otherwise.
    """
    flag = (0, "") if page[1] else (_HEAD, "head")
    lines = [*_page_lines(kernel, page, 0, flag, process), f"pc->flags:{_USED:x} pc->mem_cgroup:({group})"]
    _report(kernel, page[0], [*lines, *_stack(kernel, process, ("bad_page", *calls))])


def bad_tails(kernel: Kernel, block: Pageblock, counts: dict[int, int], process: str, calls: tuple[str, ...]) -> None:
    """Tails of a huge page that is about to be freed still count references: reported, none of it is used again.

    No more than sixty are; the others would be a minute later.
    """
    for frame, count in sorted(counts.items())[:_BURST]:
        lines = _page_lines(kernel, (block, frame), count, (_TAIL, "tail"), process)
        _report(kernel, block, [*lines, *_stack(kernel, process, ("bad_page", *calls))])


def _page_lines(
    kernel: Kernel, page: tuple[Pageblock, int], count: int, flag: tuple[int, str], process: str
) -> list[str]:
    """What dump_page prints of a page with one flag."""
    block, frame = page
    pfn = block.start_pfn + frame
    flags = block.zone.kind << (_ZONE_SHIFT if kernel.build.numa else _ZONE_SHIFT_FLAT)
    flags |= block.zone.node << _NODE_SHIFT | flag[0]
    return [
        f"BUG: Bad page state in process {process}  pfn:{pfn:05x}",
        f"page:{_VMEMMAP + pfn * _STRUCT_PAGE:016x} count:{count} mapcount:0 mapping:          (null) index:0x0",
        f"page flags: {flags:#x}({flag[1]})",
    ]


def _report(kernel: Kernel, block: Pageblock, lines: list[str]) -> None:
    kernel.own(kernel.totals)
    kernel.totals.tainted = True
    kernel.own(block)
    block.kernel = FULL
    kernel.trace.emit(Printk("\n".join(lines)))


def oops(kernel: Kernel, address: int, process: str, calls: tuple[str, ...]) -> NoReturn:
    """A NULL pointer is used: the log shows where, and the host stops; raises KernelPanic.

    A real kernel kills the process only, but with the locks it holds; whoever wants them then waits for ever.
    """
    lines = [f"BUG: unable to handle kernel NULL pointer dereference at {address:016x}", f"IP: {calls[0]}"]
    kernel.trace.emit(Printk("\n".join([*lines, "Oops: 0000 [#1] SMP", *_stack(kernel, process, calls)])))
    panic(kernel, "Fatal exception")


def _stack(kernel: Kernel, process: str, calls: tuple[str, ...]) -> list[str]:
    """Who was at it, and how they came there: names only, as addresses would be invented."""
    task = next((task for task in kernel.tasks.values() if task.name == process), None)
    pid = task.pid if task is not None else 0
    tainted = "Tainted: G    B" if kernel.totals.tainted else "Not tainted"
    head = f"Pid: {pid}, comm: {process} {tainted} {kernel.release}"
    return [head, "Call Trace:", *(f" {name}" for name in calls)]
