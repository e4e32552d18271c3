"""Slab: what is kept of it."""

from thpsh.structs.slab import Slab


def test_a_slab_begins_empty():
    slab = Slab()
    assert (slab.vmas, slab.pages, slab.runs) == (0, 0, [])
