"""Short words for tests of KSM: memory with told contents, full scans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.mm.layout import place
from tests.support import START, K, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fill import fill
from thpsh.mm.ksm.scan import ksm_scan
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.structs.page_table import HugePmd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support import Host
    from thpsh.structs.task import Task

PAGE = 4 * K


def mergeable(size: int, mode: str = "never") -> Host:
    """A host whose process has mergeable memory at START."""
    h = host()
    h.enabled(mode)
    place(h, 0, size)
    madvise(h.kernel, h.task, START, size, Madv.MERGEABLE)
    return h


def put(h: Host, page: int, contents: Sequence[int], task: Task | None = None) -> None:
    """Write told contents to pages from a page of START on."""
    start = START + page * PAGE
    fill(h.kernel, task or h.task, start, len(contents) * PAGE, lambda offset: contents[offset // PAGE])
    debug_vm(h.kernel)


def scan(h: Host, times: int = 1) -> None:
    """Let ksmd look at all pages so many times."""
    for _ in range(times):
        before = h.kernel.ksm.full_scans
        while h.kernel.ksm.full_scans == before and ksm_scan(h.kernel, 1000):
            pass
        debug_vm(h.kernel)


def counts(h: Host) -> tuple[int, int, int, int]:
    """pages_shared, pages_sharing, pages_unshared, pages_volatile."""
    ksm = h.kernel.ksm
    return ksm.pages_shared, ksm.pages_sharing, ksm.pages_unshared, ksm.pages_volatile


def frame(h: Host, page: int, task: Task | None = None) -> int:
    """The frame number behind a page of START."""
    mm = (task or h.task).mm
    assert mm is not None
    table = mm.pmds[(START >> 21) + page // 512]
    number = page % 512
    if isinstance(table, HugePmd):
        return table.block.start_pfn + number
    for pages, block, shift in table.runs:
        if pages >> number & 1:
            return int(block.start_pfn + number + shift)
    return int(table.pfns[number])


def content(h: Host, page: int, task: Task | None = None) -> int:
    """What a page of START holds."""
    pfn = frame(h, page, task)
    return h.kernel.block_of(pfn).content(pfn & 511)
