"""The end of a process."""

import pytest

from tests.support import M, host
from thpsh.errors import KernelPanic
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit, reap
from thpsh.mm.page_alloc import drain_all_pages
from thpsh.mm.pagevec import lru_add_drain_all


def test_everything_a_process_held_is_free_again():
    h = host()
    lru_add_drain_all(h.kernel)
    other = host()
    lru_add_drain_all(other.kernel)
    h.map(64 * M)
    h.write(0, 33 * M)
    h.enabled("never")
    h.write(33 * M, 20 * M, random=700)
    for each in (h, other):
        do_exit(each.kernel, each.task)
        drain_all_pages(each.kernel)
        debug_vm(each.kernel)
    assert [zone.free for zone in h.kernel.zones] == [zone.free for zone in other.kernel.zones]


def test_the_dead_stay_in_the_table_until_reaped():
    h = host()
    do_exit(h.kernel, h.task, "SIGBUS")
    assert h.task.dead
    assert (h.task.killed_by, h.task.mm) == ("SIGBUS", None)
    assert reap(h.kernel) == 1
    assert h.task.pid not in h.kernel.tasks


def test_the_end_of_init_is_the_end_of_the_host():
    h = host()
    with pytest.raises(KernelPanic, match="Attempted to kill init!"):
        do_exit(h.kernel, h.kernel.tasks[1], "SIGSEGV")
    assert h.kernel.totals.panic
