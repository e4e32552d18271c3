"""Processes with mergeable memory, in the order in which ksmd visits them (mm/ksm.c: __ksm_enter, __ksm_exit)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm


def ksm_enter(kernel: Kernel, mm: Mm) -> None:
    """Put a process on ksmd's list, just behind the cursor: it is visited last. The first one wakes ksmd."""
    if mm.mergeable:
        return
    ksm = kernel.ksm
    kernel.own(mm)
    kernel.own(ksm)
    mm.mergeable = True
    if not ksm.mms:
        ksm.wake_at = max(ksm.wake_at, kernel.clock.moment)
    ksm.mms.insert(ksm.mms.index(ksm.cursor_mm) if ksm.cursor_mm is not None else len(ksm.mms), mm)


def ksm_exit(kernel: Kernel, mm: Mm) -> None:
    """A process ends. What ksmd still knows of it stays, counted, until ksmd comes along; it comes there next."""
    ksm = kernel.ksm
    if not mm.mergeable or ksm.cursor_mm is mm:
        return
    kernel.own(ksm)
    ksm.mms.remove(mm)
    if mm.ksm_slots:
        ksm.mms.insert(ksm.mms.index(ksm.cursor_mm) + 1 if ksm.cursor_mm is not None else 0, mm)
    else:
        kernel.own(mm)
        mm.mergeable = False


def leave(kernel: Kernel, mm: Mm) -> None:
    """Take a process off the list at the cursor, which goes on at the next."""
    ksm = kernel.ksm
    kernel.own(ksm)
    kernel.own(mm)
    ksm.quiet = False
    advance(kernel, mm)
    ksm.mms.remove(mm)
    mm.mergeable = False


def advance(kernel: Kernel, mm: Mm) -> None:
    """Move the cursor from a process to the next; after the last it stands before the first."""
    ksm = kernel.ksm
    kernel.own(ksm)
    place = ksm.mms.index(mm) + 1
    ksm.cursor_mm = ksm.mms[place] if place < len(ksm.mms) else None
    ksm.cursor_address = 0
