"""What the log says when the kernel finds itself in the wrong."""

import pytest

from tests.support import START, M, host
from thpsh.errors import KernelPanic
from thpsh.mm.bug import bad_page, bad_tails, bug, oops
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.huge_memory.fresh import alloc_huge_block
from thpsh.structs.page import Gfp


def said(h):
    return [line for _, line in h.machine.dmesg.lines]


def test_a_bug_shows_place_process_and_calls_and_stops_the_host():
    h = host()
    with pytest.raises(KernelPanic, match="Fatal exception"):
        bug(h.kernel, "mm/huge_memory.c:1368", "app", ("split_huge_page", "kthread"), "mapcount 0 page_mapcount 1")
    assert said(h)[-9:] == [
        "mapcount 0 page_mapcount 1",
        "------------[ cut here ]------------",
        "kernel BUG at mm/huge_memory.c:1368!",
        "invalid opcode: 0000 [#1] SMP",
        f"Pid: {h.task.pid}, comm: app Not tainted 3.0.0",
        "Call Trace:",
        " split_huge_page",
        " kthread",
        "Kernel panic - not syncing: Fatal exception",
    ]
    assert h.kernel.totals.panic == "Kernel panic - not syncing: Fatal exception"


def test_a_bad_page_is_reported_and_never_used_again():
    h = host()
    block = alloc_huge_block(h.kernel, 0, Gfp.TRANSHUGE, None, "app")
    free = sum(zone.free for zone in h.kernel.zones)
    bad_page(h.kernel, (block, 0), "/box", "app", ("free_pages_prepare",))
    lines = said(h)[-8:]
    assert lines[0] == f"BUG: Bad page state in process app  pfn:{block.start_pfn:05x}"
    assert lines[1].startswith(f"page:{0xFFFFEA0000000000 + block.start_pfn * 56:016x} count:0 mapcount:0 ")
    zone = {"DMA32": 1, "Normal": 2}[block.zone.kind.label]
    assert lines[2] == f"page flags: {zone << 56 | 0x4000:#x}(head)"
    assert lines[3] == "pc->flags:4 pc->mem_cgroup:(/box)"
    assert lines[4] == f"Pid: {h.task.pid}, comm: app Not tainted 3.0.0"
    h.map(4 * M)
    h.write(0, 4 * M)
    assert h.task.mm.pmds[START >> 21].block is not block
    assert sum(zone.free for zone in h.kernel.zones) < free
    debug_vm(h.kernel)


def test_tails_that_count_references_are_reported_one_by_one_up_to_sixty():
    h = host()
    block = alloc_huge_block(h.kernel, 0, Gfp.TRANSHUGE, None, "app")
    bad_tails(h.kernel, block, dict.fromkeys(range(1, 100), 2), "init", ("free_pages_prepare",))
    lines = [line for line in said(h) if line.startswith("BUG: Bad page state")]
    assert len(lines) == 60
    assert lines[0] == f"BUG: Bad page state in process init  pfn:{block.start_pfn + 1:05x}"
    assert any(line.startswith("page:") and " count:2 mapcount:0 " in line for line in said(h))
    assert any(line.endswith("(tail)") for line in said(h))
    debug_vm(h.kernel)


def test_a_null_pointer_ends_the_host():
    h = host()
    with pytest.raises(KernelPanic):
        oops(h.kernel, 0x48, "init", ("dequeue_hwpoisoned_huge_page",))
    assert said(h)[-7:] == [
        "BUG: unable to handle kernel NULL pointer dereference at 0000000000000048",
        "IP: dequeue_hwpoisoned_huge_page",
        "Oops: 0000 [#1] SMP",
        "Pid: 1, comm: init Not tainted 3.0.0",
        "Call Trace:",
        " dequeue_hwpoisoned_huge_page",
        "Kernel panic - not syncing: Fatal exception",
    ]
