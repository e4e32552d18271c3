import pytest

from tests.mm.layout import placed
from tests.support import START, K, M
from thpsh.errors import ModelBug
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.structs.swap_entry import SWP_HWPOISON, swp_entry


@pytest.fixture
def failed():
    """A host one page of which is lost, and the page table that says so."""
    h = placed(2 * M)
    h.enabled("never")
    h.write(0, 2 * M)
    madvise(h.kernel, h.task, START + 4 * K, 4 * K, Madv.HWPOISON)
    debug_vm(h.kernel)
    return h, h.task.mm.pmds[START >> 21]


def test_more_lost_pages_than_are_counted(failed):
    h, _ = failed
    h.kernel.totals.hwpoison_pages = 0
    with pytest.raises(ModelBug, match="1 poisoned pages, but HardwareCorrupted counts 0"):
        debug_vm(h.kernel)


def test_an_entry_that_names_a_healthy_frame(failed):
    h, table = failed
    (block, shift) = table.runs[0][1:]
    table.swapped = {1: swp_entry(SWP_HWPOISON, block.start_pfn + shift)}
    with pytest.raises(ModelBug, match="which is not so"):
        debug_vm(h.kernel)


def test_an_entry_beside_a_present_page(failed):
    h, table = failed
    table.swapped = {0: table.swapped[1]}
    with pytest.raises(ModelBug, match="present and holds a swap entry"):
        debug_vm(h.kernel)
