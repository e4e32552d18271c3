"""debug_vm finds what is wrong with swap."""

import pytest

from tests.mm.swapped import push_out, table, touched, with_swap
from tests.support import K, M
from thpsh.errors import ModelBug
from thpsh.mm.debug_vm import debug_vm


def out():
    h = with_swap()
    touched(h, 2 * M)
    push_out(h, 512)
    h.read(0, 16 * K)
    debug_vm(h.kernel)
    return h


def broken(h):
    with pytest.raises(ModelBug) as caught:
        debug_vm(h.kernel)
    return str(caught.value)


def test_a_lost_entry():
    h = out()
    del table(h).swapped[100]
    assert "swap_ents" in broken(h)
    h.task.mm.swap_ents -= 1
    assert "count" in broken(h)


def test_a_page_that_is_present_and_swapped():
    h = out()
    table(h).swapped[0] = table(h).swapped[100]
    assert "page 0 is present and holds a swap entry" in broken(h)


def test_wrong_totals():
    h = out()
    h.kernel.swap.free += 1
    assert "SwapFree" in broken(h)
    h.kernel.swap.free -= 1
    h.kernel.swap.cached += 1
    assert "SwapCached" in broken(h)
    h.kernel.swap.cached -= 1
    h.kernel.swap.devices[0].inuse += 1
    assert "in use" in broken(h)


def test_an_owner_of_a_free_slot():
    h = out()
    h.kernel.swap.devices[0].clusters[0].owners[0] = h.kernel.root_memcg
    assert "free slots" in broken(h)
