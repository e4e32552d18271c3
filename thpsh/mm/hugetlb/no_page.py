"""How a fault ends that finds the pool empty (mm/hugetlb.c: hugetlb_no_page)."""

from __future__ import annotations

from thpsh.errors import Errno, KernelError


class NoHugePage(KernelError):
    """The pool is empty (VM_FAULT_SIGBUS): SIGBUS for a program, EFAULT for a system call."""

    def __init__(self, address: int) -> None:
        super().__init__(Errno.EFAULT, f"the hugetlbfs pool has no page for {address:#x}")
        self.address = address
