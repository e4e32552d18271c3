"""A kernel and those who watch it."""

from tests.support import M, host
from thpsh.trace.events.fault import FaultKind, PageFault
from thpsh.trace.events.printk import Printk


def test_observers_hear_of_the_same_event():
    h = host()
    before = h.event("pgfault")
    h.kernel.trace.emit(PageFault(1, 0, 4096, 3, FaultKind.SMALL, write=True))
    assert h.event("pgfault") == before + 3
    assert h.machine.trace.records[-1].event.count == 3


def test_only_what_is_printed_reaches_the_log():
    h = host()
    lines = len(h.machine.dmesg.lines)
    h.kernel.trace.emit(PageFault(1, 0, 4096, 1, FaultKind.SMALL, write=True))
    h.kernel.trace.emit(Printk("hello"))
    assert [line for _, line in h.machine.dmesg.lines[lines:]] == ["hello"]


def test_the_end_of_a_command_moves_the_clock_by_what_it_cost():
    h = host(cmdline="transparent_hugepage=never")
    clock = h.kernel.clock
    h.machine.finish()
    start = clock.now
    h.map(2 * M)
    h.write(0, 2 * M)
    cost = clock.spent
    assert cost > 0
    assert clock.now == start
    h.machine.finish()
    assert (clock.now, clock.spent) == (start + cost, 0)
    h.machine.finish()
    assert clock.now == start + cost


def test_daemons_that_are_due_run_at_the_end_of_a_command():
    h = host()
    h.map(2 * M)
    h.write(0, 2 * M)
    assert h.kernel.khugepaged.full_scans == 0
    h.machine.finish()
    assert h.kernel.khugepaged.full_scans == 1  # the first process to register wakes khugepaged at once
