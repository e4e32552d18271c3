"""Contradictions in the pool are found."""

import pytest

from tests.mm.hugetlb.stage import SHARED, map_huge, pool
from tests.support import START, M
from thpsh.errors import ModelBug
from thpsh.mm.debug_hugetlb import check_hugetlb
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.gup import pin

SLOT = START >> 21


def used():
    h = pool(5)
    map_huge(h, 3)
    h.write(0, 4 * M)
    map_huge(h, 1, SHARED, offset=64 * M)
    h.write(64 * M, 2 * M)
    return h


def test_a_pool_in_use_is_sound():
    h = used()
    check_hugetlb(h.kernel, [task.mm for task in h.kernel.tasks.values() if task.mm is not None])


def break_promise(h):
    h.kernel.hugetlb.reserved += 1


def break_mapcount(h):
    h.task.mm.hugetlb[SLOT].page.mapcount += 1


def break_place(h):
    h.task.mm.hugetlb[SLOT + 100] = h.task.mm.hugetlb[SLOT]


def break_node(h):
    h.kernel.hugetlb.nodes[0].pages -= 1


def break_surplus(h):
    h.kernel.hugetlb.nodes[0].surplus = 9


def break_free_list(h):
    h.kernel.hugetlb.nodes[0].free.clear()


def break_cache(h):
    h.task.mm.hugetlb[SLOT + 32].page.cached = False


def break_frames(h):
    h.task.mm.hugetlb[SLOT].page.block.kernel = 1


def break_references(h):
    h.task.mm.hugetlb[SLOT].page.refs = -1


def break_tails(h):
    h.task.mm.hugetlb[SLOT].page.tails[3] = 0


def break_free_page(h):
    h.kernel.hugetlb.nodes[0].free[0].refs = 1


def break_free_mapping(h):
    h.kernel.hugetlb.nodes[0].free[0].anon = True


def break_pins(h):
    pin(h.kernel, h.task, START, 8192)
    h.task.mm.hugetlb[SLOT].page.refs -= 1


def break_pinned_tail(h):
    pin(h.kernel, h.task, START, 8192)
    h.task.mm.hugetlb[SLOT].page.tails.clear()


@pytest.mark.parametrize(
    "damage",
    [
        break_promise, break_mapcount, break_place, break_node, break_surplus, break_free_list, break_cache,
        break_frames, break_references, break_tails, break_free_page, break_free_mapping, break_pins, break_pinned_tail,
    ],
)  # fmt: skip
def test_damage_is_found(damage):
    h = used()
    damage(h)
    with pytest.raises(ModelBug):
        debug_vm(h.kernel)
