import pytest

from tests.mm.layout import placed
from tests.support import START, K, M
from thpsh.errors import KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.guest import guest_access
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv

SLOT = START >> 21


def test_the_guest_faults_in_what_is_missing_and_the_host_remembers_it():
    h = placed(2 * M)
    h.enabled("never")
    report = guest_access(h.kernel, h.task, START + 4 * K, 8 * K)
    debug_vm(h.kernel)
    assert (report.pages, h.task.mm.pmds[SLOT].present) == (2, 0b110)
    assert h.task.mm.guest_young == {SLOT: 0b110}
    assert h.task.pins == []


def test_young_bits_of_the_process_stay_as_they_are():
    h = placed(2 * M)
    h.enabled("never")
    h.write(0, 2 * M)
    table = h.task.mm.pmds[SLOT]
    table.young = 0
    guest_access(h.kernel, h.task, START, 2 * M)
    assert table.young == 0
    _, block, _ = table.runs[0]
    assert block.referenced


def test_a_guest_that_writes_breaks_sharing():
    h = placed(2 * M)
    h.enabled("never")
    h.write(0, 8 * K)
    child = fork(h.kernel, h.task, "child")
    faults = child.min_flt
    guest_access(h.kernel, child, START, 8 * K, write=False)
    assert child.min_flt == faults
    guest_access(h.kernel, child, START, 8 * K)
    debug_vm(h.kernel)
    assert child.min_flt == faults + 2


def test_pages_thrown_away_are_forgotten():
    h = placed(2 * M)
    h.enabled("never")
    guest_access(h.kernel, h.task, START, 16 * K)
    madvise(h.kernel, h.task, START, 8 * K, Madv.DONTNEED)
    assert h.task.mm.guest_young == {SLOT: 0b1100}
    madvise(h.kernel, h.task, START, 2 * M, Madv.DONTNEED)
    assert h.task.mm.guest_young == {}


def test_a_hole_is_efault():
    h = placed(2 * M)
    with pytest.raises(KernelError):
        guest_access(h.kernel, h.task, START + 4 * M, 4 * K)
