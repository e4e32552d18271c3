"""Twin of thpsh/mm/memcg_move.py. Figures from memcg-force-empty."""

import pytest

from tests.mm.groups import PAGE, group, in_group, pages
from tests.support import START, K, M
from thpsh.boot import start_process
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.frames import frame_at
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.mm.lru import lru_position
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.memcg_move import force_empty
from thpsh.mm.page_rmap import owner_of
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.res_counter import charge
from thpsh.structs.page import Lru
from thpsh.trace.events.huge_memory import SplitReason


def test_a_huge_page_stays_huge_when_its_group_is_emptied() -> None:
    h, memcg = in_group()
    h.enabled("always")
    h.write(0, 4 * K)
    h.enabled("never")
    h.write(2 * M, 64 * K)
    assert pages(memcg)[1] == 528
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


def test_pages_go_oldest_first_list_by_list_and_come_to_the_new_end() -> None:
    h, memcg = in_group()
    h.write(0, 64 * K)
    lru_add_drain_all(h.kernel)
    other = start_process(h.machine, "other")
    h.map(M, START + 64 * M, task=other)
    h.write(64 * M, 64 * K, task=other)
    lru_add_drain_all(h.kernel)
    above = group(h, "above", limit=8 * PAGE)
    memcg.parent = above
    cgroup_attach(h.kernel, h.kernel.root_memcg, h.task)
    with pytest.raises(KernelError):
        force_empty(h.kernel, memcg, reclaim=False)
    table = h.task.mm.pmds[START >> 21]
    kept = [page for page in range(16) if owner_of(*frame_at(h.kernel, table, page))[0].memcg is memcg]
    assert kept == list(range(8, 16))
    lru_add_drain_all(h.kernel)
    zone = table.runs[0][1].zone
    first, shift = table.runs[0][1].start_pfn, table.runs[0][2]
    newest = lru_position(zone.lruvec.lists[Lru.ACTIVE_ANON])[-2:]
    assert (first + shift, 10) in newest  # those that moved, and the one put back in each of the two attempts
    debug_vm(h.kernel)


def test_what_is_charged_but_on_no_list_keeps_a_group_for_ever() -> None:
    h, memcg = in_group()
    h.write(0, 4 * K)
    cgroup_attach(h.kernel, h.kernel.root_memcg, h.task)
    charge(h.kernel, memcg.res, PAGE)
    with pytest.raises(KernelError) as caught:
        force_empty(h.kernel, memcg, reclaim=False)
    assert caught.value.errno is Errno.EINTR


def test_pages_go_in_the_order_of_the_group_in_which_the_tails_of_a_split_page_are_the_newest() -> None:
    h, memcg = in_group()
    h.enabled("always")
    h.write(0, 4 * M)
    lru_add_drain_all(h.kernel)
    first, second = (h.task.mm.pmds[(START >> 21) + slot].block for slot in range(2))
    split_huge_page_pmd(h.kernel, h.task.mm, START >> 21, SplitReason.PARTIAL_ZAP)
    cgroup_attach(h.kernel, h.kernel.root_memcg, h.task)
    force_empty(h.kernel, memcg, reclaim=False)
    lru_add_drain_all(h.kernel)
    listed = lru_position(first.zone.lruvec.lists[Lru.ACTIVE_ANON])
    assert listed[-3:] == [(first.start_pfn, 1), (second.start_pfn, 512), (first.start_pfn + 1, 511)]
    debug_vm(h.kernel)
