"""Asking for policies, and for the node of a page (mm/mempolicy.c: do_get_mempolicy, lookup_node)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.follow import get_user_pages
from thpsh.mm.frames import frame_at
from thpsh.mm.oom_retry import retry_after_oom
from thpsh.mm.shared_policy import shared_policy
from thpsh.mm.vma import mm_of
from thpsh.structs.mempolicy import MemPolicy, PolicyMode
from thpsh.structs.page import HPAGE_NR, HPAGE_SHIFT, PAGE_SHIFT, PAGE_SIZE
from thpsh.structs.page_table import HugePmd
from thpsh.trace.events.vma import Syscall

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

_ZERO_PAGE_NODE = 0


def get_mempolicy(kernel: Kernel, task: Task, address: int | None = None) -> MemPolicy | None:
    """The policy of a process, or with MPOL_F_ADDR of an address; None is the default.

    An address without a policy of its own has the default one, whatever that of the process is.
    """
    kernel.clock.spend(kernel.cost.syscall)
    if address is None:
        return task.policy
    vma = _vma_at(task, address)
    if vma.shared and vma.file is not None and vma.file.mapping.swap_backed:
        return shared_policy(vma.file.mapping, vma.linear_page_index(address))[0]
    return vma.policy


def get_mempolicy_node(kernel: Kernel, task: Task, address: int | None = None) -> int:
    """MPOL_F_NODE: the node of the page at an address, faulted in if need be; without one where the next turn goes."""
    kernel.clock.spend(kernel.cost.syscall)
    if address is None:
        policy = task.policy
        if policy is None or policy.mode is not PolicyMode.INTERLEAVE:
            raise KernelError(Errno.EINVAL, "the policy of the process does not interleave")
        return task.interleave_next
    vma = _vma_at(task, address)
    page = address & -PAGE_SIZE
    with kernel.trace.cause(Syscall(task.pid, "get_mempolicy", page, PAGE_SIZE)):
        get = partial(get_user_pages, kernel, task, vma, page, page + PAGE_SIZE, write=False)
        retry_after_oom(kernel, task, get)
    entry = vma.mm.pmds[page >> HPAGE_SHIFT]
    if isinstance(entry, HugePmd):
        return entry.block.zone.node
    place = page >> PAGE_SHIFT & HPAGE_NR - 1
    if entry.special >> place & 1:
        return _ZERO_PAGE_NODE
    return frame_at(kernel, entry, place)[0].zone.node


def _vma_at(task: Task, address: int) -> Vma:
    vma = mm_of(task).vma_at(address)
    if vma is None:
        raise KernelError(Errno.EFAULT, f"nothing is mapped at {address:#x}")
    return vma
