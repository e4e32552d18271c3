"""The policy of a range of addresses (mm/mempolicy.c: do_mbind, mbind_range)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.check_range import Mapped, isolated, mapped_pages, migrate_chunks, vma_migratable
from thpsh.mm.locks import syscall
from thpsh.mm.mempolicy import get_nodes, mpol_new, page_placement, policy_word
from thpsh.mm.oom_retry import retry_after_oom
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.shared_policy import set_shared_policy
from thpsh.mm.vma import find_vma_prev, mm_of, next_vma
from thpsh.mm.vma_adjust import split_vma
from thpsh.mm.vma_merge import part_of, vma_merge
from thpsh.record import record
from thpsh.structs.bits import shifted
from thpsh.structs.mempolicy import NodeMode, PolicyMode
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SIZE, Gfp, size_align
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import SplitReason
from thpsh.trace.events.vma import Syscall

if TYPE_CHECKING:
    from thpsh.mm.buddy import Chunk
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mempolicy import MemPolicy, Placement
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma


class Mpol:
    """MPOL_MF_* of mbind(2)."""

    STRICT: Final = 1
    MOVE: Final = 2
    MOVE_ALL: Final = 4


@record(frozen=True)
class MbindRequest:
    """The arguments of mbind(2)."""

    start: int
    length: int
    mode: PolicyMode
    nodes: tuple[int, ...] = ()
    flags: int = 0
    numbered: NodeMode = NodeMode.PLAIN


def mbind(kernel: Kernel, task: Task, request: MbindRequest) -> None:
    """Set the policy of a range, and with MOVE migrate the pages that are there to where it says.

    With STRICT alone 3.0 fails with EIO wherever there is any page, on whichever node: its test of a page's node
    compares -1 with 1 (recorded).
    """
    mm = mm_of(task)
    start, flags = request.start, request.flags
    word = policy_word(request.mode, request.nodes, request.numbered)
    with syscall(kernel, mm, Syscall(task.pid, "mbind", start, request.length, word), "write"):
        kernel.clock.spend(kernel.cost.syscall)
        nodes = get_nodes(request.nodes)
        if flags & ~(Mpol.STRICT | Mpol.MOVE | Mpol.MOVE_ALL):
            raise KernelError(Errno.EINVAL, f"this kernel knows no flags {flags:#x}")
        if start % PAGE_SIZE:
            raise KernelError(Errno.EINVAL, f"{start:#x} is no multiple of the page size")
        if request.mode is PolicyMode.DEFAULT:
            flags &= ~Mpol.STRICT
        end = start + size_align(request.length)
        if end >= 1 << 64:
            raise KernelError(Errno.EINVAL, "the range wraps around the end of the address space")
        if end > start:
            policy = mpol_new(kernel, request.mode, nodes, request.numbered)
            bounds, wanted = (start, end), (policy, flags)
            retry_after_oom(kernel, task, partial(_mbind_pages, kernel, task, mm, bounds, wanted))


def _mbind_pages(
    kernel: Kernel, task: Task, mm: Mm, bounds: tuple[int, int], wanted: tuple[MemPolicy | None, int]
) -> None:
    policy, flags = wanted
    moves = flags & (Mpol.MOVE | Mpol.MOVE_ALL)
    if moves:
        lru_add_drain_all(kernel)
    found = _check_range(kernel, mm, bounds, flags, contiguous=policy is not None)
    taken = isolated(kernel, found, shared=bool(flags & Mpol.MOVE_ALL)) if moves else []
    try:
        _mbind_range(kernel, task, mm, bounds, policy)
    finally:
        moved = migrate_chunks(kernel, task.cpu, _by_placement(kernel, task, mm, taken))
    if moved.lacking is not None:
        raise moved.lacking
    if moved.left and flags & Mpol.STRICT:
        raise KernelError(Errno.EIO, f"{moved.left} pages could not be moved")


def _check_range(kernel: Kernel, mm: Mm, bounds: tuple[int, int], flags: int, *, contiguous: bool) -> list[Mapped]:
    """The pages of a range; huge ones are split if anybody wants to know of them."""
    start, end = bounds
    vma: Vma | None = mm.find_vma(start)
    if vma is None:
        raise KernelError(Errno.EFAULT, f"nothing is mapped at {start:#x} or above")
    found: list[Mapped] = []
    prev: Vma | None = None
    while vma is not None and vma.start < end:
        above = next_vma(vma)
        if contiguous and ((above is None and vma.end < end) or (prev is not None and prev.end < vma.start)):
            hole = vma.end if prev is None or prev.end == vma.start else prev.end
            raise KernelError(Errno.EFAULT, f"nothing is mapped at {hole:#x}")
        if _looks_inside(vma, flags):
            pages = mapped_pages(kernel, vma, start, end, SplitReason.MEMPOLICY)
            if pages and not flags & (Mpol.MOVE | Mpol.MOVE_ALL):
                raise KernelError(Errno.EIO, "the range holds pages, and 3.0 takes each for one on a wrong node")
            found += pages
        prev, vma = vma, above
    return found


def _looks_inside(vma: Vma, flags: int) -> bool:
    if vma.flags & Vm.HUGETLB:
        return False
    return bool(flags & Mpol.STRICT or (flags & (Mpol.MOVE | Mpol.MOVE_ALL) and vma_migratable(vma)))


def _mbind_range(kernel: Kernel, task: Task, mm: Mm, bounds: tuple[int, int], policy: MemPolicy | None) -> None:
    """Give the VMAs of a range the policy, merging or cutting them.

    Only the first VMA can merge: for the others 3.0 compares a wrong page offset. And where it merges by growing over
    the next VMA, which has the policy already, the old policy stays, now on both.
    """
    start, end = bounds
    vma, prev = find_vma_prev(mm, start)
    if vma is None or vma.start > start:
        raise KernelError(Errno.EFAULT, f"nothing is mapped at {start:#x}")
    first = True
    while vma is not None and vma.start < end:
        low, high = max(start, vma.start), min(end, vma.end)
        area = part_of(vma, low, high, vma.flags)._replace(policy=policy)
        before = vma if low > vma.start else prev
        merged = vma_merge(kernel, task, mm, before, area) if first else None
        if merged is not None:
            vma = merged
        else:
            if vma.start != low:
                split_vma(kernel, task, vma, low, new_below=True)
            if vma.end != high:
                split_vma(kernel, task, vma, high, new_below=False)
            _policy_vma(kernel, vma, policy)
        first = False
        prev, vma = vma, next_vma(vma)


def _policy_vma(kernel: Kernel, vma: Vma, policy: MemPolicy | None) -> None:
    """The policy of a whole VMA; that of shared memory belongs to the object, too."""
    if vma.file is not None and vma.file.mapping.swap_backed and vma.flags & Vm.SHARED:
        bounds = vma.pgoff, vma.pgoff + vma.nr_pages
        set_shared_policy(kernel, vma.file.mapping, bounds, policy)
    kernel.own(vma)
    vma.policy = policy


def _by_placement(kernel: Kernel, task: Task, mm: Mm, taken: list[Mapped]) -> dict[Placement, list[Chunk]]:
    """Isolated pages by where the policy of their VMA wants them (new_vma_page)."""
    groups: dict[Placement, list[Chunk]] = {}
    near = kernel.cpus[task.cpu].node, Gfp.HIGHUSER_MOVABLE
    for slot, pages, block, shift in taken:
        low = (pages & -pages).bit_length() - 1
        vma = mm.find_vma((slot << HPAGE_SHIFT) + low * PAGE_SIZE)
        while pages and vma is not None:
            part, where = page_placement(kernel, task, vma, slot, pages, near)
            groups.setdefault(where, []).append((block, shifted(part, shift)))
            pages ^= part
    return groups
