"""Which pages an injected memory error may hit."""

import pytest

from tests.mm.hugetlb.stage import SHARED as HUGE_SHARED
from tests.mm.hugetlb.stage import map_huge, pool
from tests.mm.layout import SHARED, placed, vma
from tests.support import START, K, M, host
from thpsh.mm.cgroup import cgroup_create
from thpsh.mm.frames import frame_at
from thpsh.mm.hwpoison_filter import hwpoison_filter
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.stable_page_flags import FLAGS


def small(**kinds):
    h = placed(64 * K, **kinds)
    h.enabled("never")
    h.write(0, 64 * K)
    lru_add_drain_all(h.kernel)
    h.kernel.hwpoison_filter.enable = 1
    return h


def pfn_of(h, page=0):
    block, frame = frame_at(h.kernel, h.task.mm.pmds[START >> 21], page)
    return block.start_pfn + frame


def test_nothing_is_asked_while_it_is_off():
    h = small()
    h.kernel.hwpoison_filter.enable = 0
    h.kernel.hwpoison_filter.dev_major = 8
    assert not hwpoison_filter(h.kernel, pfn_of(h))


def test_on_it_lets_all_pass_that_no_condition_holds_back():
    assert not hwpoison_filter(small().kernel, pfn_of(small()))


def test_a_device_has_pages_of_its_files_only():
    h = small(flags=SHARED)
    wanted = h.kernel.hwpoison_filter
    wanted.dev_minor = int(vma(h).file.device.partition(":")[2], 16)
    assert not hwpoison_filter(h.kernel, pfn_of(h))
    wanted.dev_major = 8
    assert hwpoison_filter(h.kernel, pfn_of(h))
    h = small()
    h.kernel.hwpoison_filter.dev_major = 0
    assert hwpoison_filter(h.kernel, pfn_of(h)), "anonymous memory is on no device"


def test_of_a_page_of_hugetlbfs_only_the_head_knows_its_file():
    h = pool(1)
    map_huge(h, 1, HUGE_SHARED)
    h.write(0, 4 * K)
    h.kernel.hwpoison_filter.enable = 1
    h.kernel.hwpoison_filter.dev_minor = 0x0B
    pfn = h.task.mm.hugetlb[START >> 21].page.block.start_pfn
    assert not hwpoison_filter(h.kernel, pfn)
    assert hwpoison_filter(h.kernel, pfn + 1)


@pytest.mark.parametrize(
    ("mask", "value", "kept"),
    [({"anon", "lru"}, {"anon", "lru"}, False), ({"anon"}, set(), True), ({"hwpoison"}, {"hwpoison"}, False),
     ({"locked"}, {"locked"}, False), (set(), {"lru"}, False)],
)  # fmt: skip
def test_flags_are_those_of_kpageflags_of_a_page_locked_and_poisoned(mask, value, kept):
    h = small()
    h.kernel.hwpoison_filter.flags_mask = sum(1 << FLAGS[name] for name in mask)
    h.kernel.hwpoison_filter.flags_value = sum(1 << FLAGS[name] for name in value)
    assert hwpoison_filter(h.kernel, pfn_of(h)) is kept


def test_before_the_flag_is_set_it_does_not_show():
    h = small()
    h.kernel.hwpoison_filter.flags_mask = h.kernel.hwpoison_filter.flags_value = 1 << FLAGS["hwpoison"]
    assert hwpoison_filter(h.kernel, pfn_of(h), flagged=False)


def test_a_group_has_the_pages_that_are_charged_to_it():
    h = host(cmdline="transparent_hugepage=never")
    group = cgroup_create(h.kernel, h.kernel.root_memcg, "box")
    cgroup_attach(h.kernel, group, h.task)
    h.map(4 * M)
    h.write(0, 64 * K)
    h.kernel.hwpoison_filter.enable = 1
    h.kernel.hwpoison_filter.memcg = group.inode
    assert not hwpoison_filter(h.kernel, pfn_of(h))
    h.kernel.hwpoison_filter.memcg = h.kernel.root_memcg.inode
    assert hwpoison_filter(h.kernel, pfn_of(h))
