"""Accounts of a stretch of faults."""

import pytest

from tests.mm.layout import placed, vma
from tests.support import START, M
from thpsh.mm.memory.vmf import FaultTally, Vmf
from thpsh.structs.bits import FULL
from thpsh.trace.events.fault import FaultKind

SLOT = START >> 21


def stretch():
    h = placed(2 * M)
    return h, Vmf(h.kernel, h.task, vma(h), True, FaultTally())


def last_event(h):
    return h.machine.trace.records[-1].event


def test_small_faults_are_one_a_page():
    h, vmf = stretch()
    before = (h.task.min_flt, h.kernel.clock.spent)
    vmf.took(FaultKind.SMALL, SLOT, 0b111000, 100)
    assert (h.task.min_flt - before[0], h.kernel.clock.spent - before[1]) == (3, 300)
    assert vmf.tally == FaultTally(minor=3)
    assert (last_event(h).address, last_event(h).end) == (START + 3 * 4096, START + 6 * 4096)


@pytest.mark.parametrize("kind", [FaultKind.HUGE, FaultKind.HUGE_REUSE, FaultKind.HUGE_COPY, FaultKind.HUGE_TO_SMALL])
def test_a_huge_fault_is_one_whatever_it_maps(kind):
    h, vmf = stretch()
    vmf.took(kind, SLOT, FULL, 1000)
    assert (vmf.tally.minor, last_event(h).count) == (1, 1)
    assert last_event(h).end - last_event(h).address == 2 * M


@pytest.mark.parametrize("kind", [FaultKind.SWAP, FaultKind.FILE_READ])
def test_faults_that_read_a_disk_are_major(kind):
    h, vmf = stretch()
    before = (h.task.min_flt, h.task.maj_flt, h.event("pgmajfault"))
    vmf.took(kind, SLOT, 0b11, 10)
    assert vmf.tally == FaultTally(major=2)
    assert (h.task.min_flt, h.task.maj_flt, h.event("pgmajfault")) == (before[0], before[1] + 2, before[2] + 2)


def test_stretches_add_up():
    h, vmf = stretch()
    vmf.took(FaultKind.ZERO, SLOT, 1, 1)
    vmf.took(FaultKind.COPY, SLOT, 1, 1)
    vmf.took_range(FaultKind.SMALL, START, START + 10 * 4096, 10, 1)
    assert vmf.tally.minor == 12
    assert vmf.mm is h.task.mm
