"""Single pages in a given order."""

from tests.support import START, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fault import TouchMode, TouchReport, touch_pages
from thpsh.mm.fork import fork
from thpsh.mm.frames import frame_at


def pfn_of(h, task, page):
    table = task.mm.pmds[page >> 9]
    block, frame = frame_at(h.kernel, table, page & 511)
    return block.start_pfn + frame


def touched(pages, task=None, h=None):
    h = h or host(cmdline="transparent_hugepage=never")
    if task is None:
        h.map(16 * M)
    touch_pages(h.kernel, task or h.task, pages, TouchMode(), TouchReport())
    debug_vm(h.kernel)
    return h


BASE = START >> 12
ORDER = [BASE + page for page in (700, 3, 4000, 5, 1, 699, 2000)]


def test_the_order_of_faults_is_the_order_of_frames_as_one_by_one():
    together = touched(ORDER)
    singly = host(cmdline="transparent_hugepage=never")
    singly.map(16 * M)
    for page in ORDER:
        singly.write((page - BASE) << 12, 4096)
    assert [pfn_of(together, together.task, p) for p in ORDER] == [pfn_of(singly, singly.task, p) for p in ORDER]


def test_copies_after_fork_are_counted_one_by_one():
    h = touched(ORDER)
    child = fork(h.kernel, h.task, "child")
    before = h.kernel.zones[-1].stat.nr_anon_pages
    touched([*ORDER, BASE + 9], child, h)
    assert child.min_flt == 8
    assert h.kernel.zones[-1].stat.nr_anon_pages == before + 8
    assert pfn_of(h, child, ORDER[0]) != pfn_of(h, h.task, ORDER[0])
