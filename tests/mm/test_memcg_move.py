"""Twin of thpsh/mm/memcg_move.py. Figures from memcg-force-empty."""

import pytest

from tests.mm.groups import PAGE, group, in_group, pages
from tests.support import K, M
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.memcg_move import charged_blocks, force_empty


def test_a_huge_page_stays_huge_when_its_group_is_emptied() -> None:
    h, memcg = in_group()
    h.enabled("always")
    h.write(0, 4 * K)
    h.enabled("never")
    h.write(2 * M, 64 * K)
    assert sum(frames.bit_count() for _, frames in charged_blocks(h.kernel, memcg)) == 528
    cgroup_attach(h.kernel, h.kernel.root_memcg, h.task)
    force_empty(h.kernel, memcg, reclaim=True)
    assert pages(memcg) == (0, 0)
    assert (memcg.stat.pgpgin, memcg.stat.pgpgout) == (17, 17)
    assert h.slots(4 * M) == "HP"
    debug_vm(h.kernel)


def test_a_group_with_tasks_is_not_emptied() -> None:
    h, memcg = in_group()
    with pytest.raises(KernelError) as caught:
        force_empty(h.kernel, memcg, reclaim=True)
    assert caught.value.errno is Errno.EBUSY


def test_the_group_above_must_have_room() -> None:
    h, memcg = in_group()
    h.write(0, 64 * K)
    above = group(h, "above", limit=0)
    memcg.parent = above
    cgroup_attach(h.kernel, h.kernel.root_memcg, h.task)
    with pytest.raises(KernelError) as caught:
        force_empty(h.kernel, memcg, reclaim=False)
    assert caught.value.errno is Errno.EBUSY
    assert memcg.stat.rss == 16
    above.res.limit = 64 * PAGE
    force_empty(h.kernel, memcg, reclaim=False)
    assert pages(above) == (32, 16)
