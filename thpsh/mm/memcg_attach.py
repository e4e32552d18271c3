"""A task changes its group, and may take its charges along (mm/memcontrol.c: mem_cgroup_can_attach, move_charge)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.frames import pieces
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.mm.lru import lru_mask
from thpsh.mm.memcg_charge import charge_at_once, charge_one
from thpsh.mm.memcg_move import move_account
from thpsh.mm.memcontrol import cancel_charge, memcg_oom_recover
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.slot_range import covered
from thpsh.structs.bits import shifted
from thpsh.structs.counting import nonzero
from thpsh.structs.page_table import PageTable
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import SplitReason

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.task import Task

Block = tuple["Pageblock", int]
"""(pageblock, shift): page i is frame i + shift."""

MOVE_ANON: Final = 1
MOVE_FILE: Final = 2


def cgroup_attach(kernel: Kernel, memcg: MemCgroup, task: Task) -> None:
    """Put a task into a group; what it is charged for follows only with move_charge_at_immigrate there.

    Raises ENOMEM when the group has no room for that: the task stays, though its huge pages are split by then.
    """
    source = task.cgroup
    if source is memcg:
        return
    mm = task.mm
    moves = memcg.move_charge
    if mm is not None and moves:
        _split_all(kernel, mm)
        charged = sum(frames.bit_count() for place in _targets(kernel, mm, source, moves) for _, frames in place)
        _precharge(kernel, task.cpu, memcg, charged)
    kernel.own(task)
    task.cgroup = memcg
    if mm is not None:
        kernel.own(mm)
        mm.memcg = memcg
        if moves:
            _move_charge(kernel, task.cpu, (source, memcg), mm, charged)
    kernel.clock.spend(kernel.cost.syscall)


def _walk(mm: Mm) -> list[tuple[int, int]]:
    """The slots of all VMAs that hold anything, with their pages, in the order of the addresses."""
    found = []
    for vma in mm.vmas:
        if not vma.flags & Vm.HUGETLB:
            found += covered(vma.start, vma.end, mm)
    return found


def _split_all(kernel: Kernel, mm: Mm) -> None:
    """The walk over the page tables splits every huge page, also if nothing is moved in the end."""
    for slot, _ in _walk(mm):
        split_huge_page_pmd(kernel, mm, slot, SplitReason.MOVE_CHARGE)


def _targets(kernel: Kernel, mm: Mm, source: MemCgroup, moves: int) -> list[list[tuple[Block, int]]]:
    """The pages that would move, slot by slot: those charged to the group left, as (frames behind, pages)."""
    found = []
    for slot, mask in _walk(mm):
        table = mm.pmds[slot]
        here = []
        if isinstance(table, PageTable):
            for pages, block, shift in pieces(kernel, table, mask & table.present & ~table.special):
                mine = shifted(_movable(block, source, moves), -shift) & pages
                if mine:
                    here.append(((block, shift), mine))
        found.append(here)
    return found


def _movable(block: Pageblock, source: MemCgroup, moves: int) -> int:
    """The frames of a pageblock charged to a group, of the kinds to be moved; no page mapped more than twice."""
    mine = 0
    for owner in block.owners:
        if owner.memcg is source:
            mine |= owner.mask
    allowed = block.cached if moves & MOVE_FILE else 0
    if moves & MOVE_ANON:
        allowed |= block.once & ~block.cached & ~nonzero(block.planes)
    return mine & allowed


def _precharge(kernel: Kernel, cpu: int, memcg: MemCgroup, pages: int) -> None:
    """Charge what will move to the new group: in one attempt, else one by one (mem_cgroup_do_precharge)."""
    if pages > 1 and charge_at_once(kernel, memcg, pages):
        return
    for done in range(pages):
        if not charge_one(kernel, cpu, memcg):
            cancel_charge(kernel, memcg, done)
            raise KernelError(Errno.ENOMEM, f"{memcg.path} has no room for the {pages} pages that would move with it")


def _move_charge(kernel: Kernel, cpu: int, groups: tuple[MemCgroup, MemCgroup], mm: Mm, charged: int) -> None:
    """Move the pages that can be isolated, and settle what was charged for them (mem_cgroup_move_charge)."""
    source, memcg = groups
    lru_add_drain_all(kernel)
    moved = 0
    rest = False  # are there addresses after the last page moved?
    for (_, mask), here in zip(_walk(mm), _targets(kernel, mm, source, memcg.move_charge), strict=True):
        rest, last = True, 0
        for (block, shift), pages in here:
            frames = shifted(pages, shift) & lru_mask(block)
            frames &= _movable(block, source, memcg.move_charge)  # a page mapped twice has moved the first time
            if frames:
                move_account(kernel, block, frames, source, memcg)
                moved += frames.bit_count()
                last = max(last, pages.bit_length())
                rest = last < mask.bit_length()
    left = charged - moved
    if not left and rest and charge_one(kernel, cpu, memcg):
        left = 1
    cancel_charge(kernel, memcg, left)
    cancel_charge(kernel, source, moved)
    for group in groups:
        memcg_oom_recover(kernel, group)
