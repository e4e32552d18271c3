import pytest

from tests.mm.ksm.pages import PAGE, mergeable, put, scan
from tests.support import START
from thpsh.errors import ModelBug
from thpsh.mm.debug_vm import debug_vm


@pytest.fixture
def merged():
    """A host with two merged pages and one that waits, and its page table."""
    h = mergeable(8 * PAGE)
    put(h, 0, [7, 7, 8])
    scan(h, 2)
    return h, h.task.mm.pmds[START >> 21]


@pytest.mark.parametrize("name", ["rmap_items", "pages_unshared", "pages_shared", "pages_sharing"])
def test_a_wrong_counter_is_found(merged, name):
    h, _ = merged
    setattr(h.kernel.ksm, name, getattr(h.kernel.ksm, name) + 1)
    with pytest.raises(ModelBug, match=name):
        debug_vm(h.kernel)


def test_a_writable_merged_page_is_found(merged):
    h, table = merged
    table.writable |= 1
    with pytest.raises(ModelBug, match="are writable"):
        debug_vm(h.kernel)


def test_a_merged_page_that_was_written_to_is_found(merged):
    h, _ = merged
    node = h.kernel.ksm.stable[7]
    node.tag = 9
    with pytest.raises(ModelBug, match="was written to"):
        debug_vm(h.kernel)


def test_a_merged_page_that_nobody_maps_is_found(merged):
    h, _ = merged
    block = h.kernel.ksm.stable[7].block
    block.rare.ksm |= 1 << next(frame for frame in range(512) if not block.once >> frame & 1)
    with pytest.raises(ModelBug, match="neither mapped nor held"):
        debug_vm(h.kernel)
