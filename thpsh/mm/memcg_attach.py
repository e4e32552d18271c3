"""A task changes its group, and may take its charges along (mm/memcontrol.c: mem_cgroup_can_attach, move_charge)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.lru import lru_mask
from thpsh.mm.memcg_charge import charge_at_once, charge_one
from thpsh.mm.memcg_move import move_account
from thpsh.mm.memcg_targets import SlotTargets, split_all, targets_of
from thpsh.mm.memcontrol import cancel_charge, charged_to, memcg_oom_recover
from thpsh.mm.migrate import isolate_lru_pages
from thpsh.mm.migrate_putback import putback_lru_pages
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.res_counter import uncharge
from thpsh.mm.swapfile import record_owner
from thpsh.structs.bits import runs, shifted, span
from thpsh.structs.page import PAGE_SHIFT

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task

_CPU: Final = 0  # of whoever writes the pid


def cgroup_attach(kernel: Kernel, memcg: MemCgroup, task: Task, *, whole: bool = False) -> None:
    """Put a task into a group; what it is charged for follows only with move_charge_at_immigrate there.

    Raises ENOMEM when the group has no room for that: the task stays, though its huge pages are split by then. `whole`:
    a process moves by cgroup.procs, which does not ask whether it is there already.
    """
    source = task.cgroup
    if source is memcg and not whole:
        return
    mm = task.mm
    moves = memcg.move_charge
    if mm is not None and moves:
        split_all(kernel, mm)
        charged = sum(slot.charges for slot in targets_of(kernel, mm, source, moves))
        _precharge(kernel, memcg, charged)
    kernel.own(task)
    task.cgroup = memcg
    if mm is not None:
        kernel.own(mm)
        mm.memcg = memcg
        if moves:
            _Move(kernel, source, memcg).move_charge(mm, charged)
    kernel.clock.spend(kernel.cost.syscall)


def _precharge(kernel: Kernel, memcg: MemCgroup, pages: int) -> None:
    """Charge what will move to the new group: in one attempt, else one by one (mem_cgroup_do_precharge)."""
    if pages > 1 and charge_at_once(kernel, memcg, pages):
        return
    for done in range(pages):
        if not charge_one(kernel, _CPU, memcg):
            cancel_charge(kernel, memcg, done)
            raise KernelError(Errno.ENOMEM, f"{memcg.path} has no room for the {pages} pages that would move with it")


class _Move:
    """Charges on their way from one group to another (struct move_charge_struct)."""

    def __init__(self, kernel: Kernel, source: MemCgroup, target: MemCgroup) -> None:
        self.kernel = kernel
        self.source = source
        self.target = target
        self.charges = 0
        self.swap = 0

    def move_charge(self, mm: Mm, charged: int) -> None:
        """Move what can be isolated, and settle what was charged for it (mem_cgroup_move_charge, clear_mc).

        The walk charges one page more where it has used up all charges and there are addresses left to look at.
        """
        kernel, source, target = self.kernel, self.source, self.target
        lru_add_drain_all(kernel)
        rest = False
        for slot in targets_of(kernel, mm, source, target.move_charge):
            rest = self._move_slot(slot) < slot.end
        left = charged - self.charges - self.swap
        if not left and rest and charge_one(kernel, _CPU, target):
            left = 1
        cancel_charge(kernel, target, left)
        cancel_charge(kernel, source, self.charges)
        if self.swap:
            if source.parent is not None:
                uncharge(kernel, source.memsw, self.swap << PAGE_SHIFT)
            if target.parent is not None:
                uncharge(kernel, target.res, self.swap << PAGE_SHIFT)
        for group in (source, target):
            memcg_oom_recover(kernel, group)

    def _move_slot(self, slot: SlotTargets) -> int:
        """Move what a slot has; returns the page behind the last that moved, 0 if none did."""
        last = 0
        pages = sorted(
            (first, length, target.block, target.shift) for target in slot.pages for first, length in runs(target.pages)
        )
        for first, length, block, shift in pages:
            frames = shifted(span(first, first + length), shift) & lru_mask(block)
            frames &= charged_to(block, self.source)  # a page mapped twice has moved the first time
            taken = isolate_lru_pages(self.kernel, block, frames)
            if taken:
                move_account(self.kernel, block, taken, self.source, self.target)
                putback_lru_pages(self.kernel, _CPU, [(block, taken)])
                self.charges += taken.bit_count()
                last = max(last, shifted(taken, -shift).bit_length())
        if slot.swap:
            self._move_swap([entry for _, entry in slot.swap])
            last = max(last, *(page + 1 for page, _ in slot.swap))
        return last

    def _move_swap(self, entries: list[int]) -> None:
        """Slots are paid for by the new group from now on (mem_cgroup_move_swap_account)."""
        record_owner(self.kernel, entries, self.target)
        self.kernel.own(self.source.stat)
        self.source.stat.swap -= len(entries)
        self.kernel.own(self.target.stat)
        self.target.stat.swap += len(entries)
        self.swap += len(entries)
