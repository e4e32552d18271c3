"""Locks as events. The model has one thread and needs none; the trace shows which ones the kernel takes, and when.

They are announced only while `trace locks` is on: on the paths of faults and collapses an event costs more than the
work. The order of the kernel is mmap_sem, page lock, i_mmap_mutex, anon_vma lock, page_table_lock, zone->lru_lock
(mm/rmap.c).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from thpsh.trace.events.lock import LockAcquire, LockRelease

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.trace.events.vma import Syscall

MMAP_SEM: Final = "mmap_sem"
PAGE_TABLE_LOCK: Final = "page_table_lock"
PAGE_LOCK: Final = "page lock"
LRU_LOCK: Final = "zone->lru_lock"
COMPOUND_LOCK: Final = "compound_lock"
MOVE_LOCK: Final = "page_cgroup move lock"
KHUGEPAGED_MM_LOCK: Final = "khugepaged_mm_lock"
ANON_VMA: Final = ("anon_vma->root->lock", "anon_vma->root->mutex")
"""The lock of a tree of anon_vmas: a spinlock, since commit 4 a mutex."""


class _Held:
    """A lock held for the length of a `with` block."""

    __slots__ = ("kernel", "words")

    def __init__(self, kernel: Kernel, words: tuple[str, str, str, str]) -> None:
        self.kernel = kernel
        self.words = words

    def __enter__(self) -> None:
        self.kernel.trace.emit(LockAcquire(*self.words))

    def __exit__(self, *_: object) -> None:
        self.kernel.trace.emit(LockRelease(*self.words))


class _Untraced:
    """Nothing to announce."""

    __slots__ = ()

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        return


_UNTRACED: Final = _Untraced()


def held(kernel: Kernel, lock: str, owner: str, site: str, mode: str = "") -> _Held | _Untraced:
    """Hold a lock in a `with` block."""
    return _Held(kernel, (lock, owner, mode, site)) if kernel.tables.lock_trace else _UNTRACED


def mmap_sem(kernel: Kernel, mm: Mm, mode: str, site: str) -> _Held | _Untraced:
    """Hold the mmap_sem of an address space, for read or write."""
    if not kernel.tables.lock_trace:
        return _UNTRACED
    return _Held(kernel, (MMAP_SEM, f"mm{mm.number}", mode, site))


def syscall(kernel: Kernel, mm: Mm, event: Syscall, mode: str) -> AbstractContextManager[object]:
    """Announce a system call, the cause of all that is announced inside, and hold mmap_sem for it."""
    return _locked_syscall(kernel, mm, event, mode) if kernel.tables.lock_trace else kernel.trace.cause(event)


@contextmanager
def _locked_syscall(kernel: Kernel, mm: Mm, event: Syscall, mode: str) -> Iterator[None]:
    with kernel.trace.cause(event), mmap_sem(kernel, mm, mode, f"sys_{event.name}"):
        yield


def page_table_lock(kernel: Kernel, mm: Mm, site: str) -> _Held | _Untraced:
    """Hold the page_table_lock of an address space."""
    if not kernel.tables.lock_trace:
        return _UNTRACED
    return _Held(kernel, (PAGE_TABLE_LOCK, f"mm{mm.number}", "", site))


def anon_vma_lock(kernel: Kernel, site: str) -> _Held | _Untraced:
    """Hold the lock of a tree of anon_vmas, whose kind depends on the kernel."""
    if not kernel.tables.lock_trace:
        return _UNTRACED
    return _Held(kernel, (ANON_VMA[kernel.features.anon_vma_mutex], "", "", site))


def acquire(kernel: Kernel, lock: str, owner: str, site: str, mode: str = "") -> None:
    """Take a lock that another place gives back."""
    if kernel.tables.lock_trace:
        kernel.trace.emit(LockAcquire(lock, owner, mode, site))


def release(kernel: Kernel, lock: str, owner: str, site: str, mode: str = "") -> None:
    """Give back a lock that another place took."""
    if kernel.tables.lock_trace:
        kernel.trace.emit(LockRelease(lock, owner, mode, site))
