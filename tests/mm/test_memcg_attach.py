"""Twin of thpsh/mm/memcg_attach.py. Figures from memcg-move-charge and memcg-move-nocharge."""

import pytest

from tests.mm.groups import PAGE, group, in_group, pages
from tests.support import Host, K, M
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.structs.memcg import MemCgroup


def used() -> tuple[Host, MemCgroup, MemCgroup]:
    """A process in g with one huge page and 16 small ones, and a group h to go to."""
    host, g = in_group()
    host.enabled("always")
    host.write(0, 4 * K)
    host.enabled("never")
    host.write(2 * M, 64 * K)
    return host, g, group(host, "h")


def test_charges_stay_behind_unless_told() -> None:
    host, g, h = used()
    cgroup_attach(host.kernel, h, host.task)
    assert (pages(g), pages(h)) == ((544, 528), (0, 0))
    host.write(2112 * K, 64 * K)
    assert (pages(g), pages(h)) == ((528, 528), (32, 16))
    debug_vm(host.kernel)


def test_charges_that_move_split_huge_pages_and_leave_the_rest_of_a_batch() -> None:
    host, g, h = used()
    h.move_charge = 1
    cgroup_attach(host.kernel, h, host.task)
    assert (pages(g), pages(h)) == ((0, 0), (559, 528))
    assert (g.stat.pgpgin, g.stat.pgpgout, h.stat.pgpgin) == (17, 528, 528)
    assert host.slots(4 * M) == "FP"
    debug_vm(host.kernel)


def test_a_group_too_small_refuses_when_the_huge_pages_are_split_already() -> None:
    host, g, h = used()
    h.move_charge = 1
    h.res.limit = 100 * PAGE
    with pytest.raises(KernelError) as caught:
        cgroup_attach(host.kernel, h, host.task)
    assert caught.value.errno is Errno.ENOMEM
    assert host.slots(4 * M) == "FP"
    assert host.task.cgroup is g
    assert pages(g)[1] == 528
    assert h.stat.rss == 0
    debug_vm(host.kernel)


def test_a_task_that_stays_changes_nothing() -> None:
    host, g, _ = used()
    g.move_charge = 1
    cgroup_attach(host.kernel, g, host.task)
    assert host.slots(4 * M) == "HP"
