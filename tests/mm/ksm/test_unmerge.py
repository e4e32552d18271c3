import pytest

from tests.mm.ksm.pages import PAGE, content, counts, frame, mergeable, put, scan
from tests.support import START
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.ksm.daemon import ksmd_due
from thpsh.mm.ksm.unmerge import break_ksm, merged_pages, set_run
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv, Mremap, Prot
from thpsh.mm.mprotect import mprotect
from thpsh.mm.mremap import RemapRequest, mremap


@pytest.fixture
def merged():
    """A host with three merged pages of content 7 and one of content 8."""
    h = mergeable(8 * PAGE)
    put(h, 0, [7, 7, 7, 8])
    scan(h, 2)
    return h


def test_run_2_copies_everything_and_forgets(merged):
    faults, counted = merged.task.min_flt, merged.event("pgfault")
    set_run(merged.kernel, 2)
    debug_vm(merged.kernel)
    assert (counts(merged), merged.kernel.ksm.full_scans) == ((0, 0, 0, 0), 0)
    assert len({frame(merged, page) for page in range(4)}) == 4
    assert [content(merged, page) for page in range(4)] == [7, 7, 7, 8]
    assert (merged.task.min_flt, merged.event("pgfault")) == (faults, counted + 3)
    assert merged.kernel.ksm.mms == [merged.task.mm]


def test_unmergeable_copies_only_its_range(merged):
    madvise(merged.kernel, merged.task, START, 2 * PAGE, Madv.UNMERGEABLE)
    debug_vm(merged.kernel)
    table = merged.task.mm.pmds[START >> 21]
    assert merged_pages(merged.kernel, table, 0b1111) == 0b100


def test_a_read_only_vma_gets_read_only_copies(merged):
    mprotect(merged.kernel, merged.task, START, 8 * PAGE, Prot.READ)
    vma = merged.task.mm.vma_at(START)
    assert break_ksm(merged.kernel, vma, START, START + PAGE) == 1
    debug_vm(merged.kernel)
    assert merged.task.mm.pmds[START >> 21].writable & 1 == 0


def test_moving_memory_makes_its_pages_separate_first(merged):
    where = START + (1 << 32)
    request = RemapRequest(START, 4 * PAGE, 4 * PAGE, Mremap.MAYMOVE | Mremap.FIXED, where)
    assert mremap(merged.kernel, merged.task, request) == where
    debug_vm(merged.kernel)
    table = merged.task.mm.pmds[where >> 21]
    assert merged_pages(merged.kernel, table, (1 << 512) - 1) == 0


def test_run_1_wakes_ksmd_and_run_0_stops_it(merged):
    set_run(merged.kernel, 1)
    assert ksmd_due(merged.kernel) is not None
    set_run(merged.kernel, 0)
    assert ksmd_due(merged.kernel) is None
    assert counts(merged) == (1, 2, 1, 0)
