"""Failures on demand: the Nth passing of a point, once."""

import pytest

from tests.commands.typed import with_app
from tests.support import host
from thpsh.mm.fault_inject import POINTS, arm, should_fail


def test_the_nth_passing_fails_and_no_other():
    kernel = host().kernel
    arm(kernel, "vma_alloc", 3)
    assert [should_fail(kernel, "vma_alloc") for _ in range(5)] == [False, False, True, False, False]


def test_a_point_that_is_not_armed_never_fails():
    kernel = host().kernel
    arm(kernel, "vma_alloc", 1)
    assert not should_fail(kernel, "page_alloc")
    arm(kernel, "vma_alloc", 0)
    assert not should_fail(kernel, "vma_alloc")


def test_every_point_is_passed_by_something():
    t = with_app()
    t("cgroup create box 64M; cgroup attach box app")
    for point in POINTS:
        t(f"inject {point} 1")
    t("touch app buf 4K")  # page_alloc
    t("touch app buf+2M 4K")  # memcg_charge
    t.fails("munmap app buf+4M 4K")  # vma_alloc
    t("exec app --args 8K")  # exec_copy
    assert list(t.session.machine.kernel.tables.inject) == ["collapse_isolate"]
    t("mmap app again 2M; madvise app again 2M nohugepage; touch app again; drain")
    t("madvise app again 2M hugepage; mmap app other 2M; touch app other 4K; tick 11s")
    assert t.session.machine.kernel.tables.inject == {}


@pytest.mark.parametrize("point", ["page_alloc", "memcg_charge"])
def test_a_huge_fault_without_page_or_charge_is_served_small(point):
    t = with_app()
    t(f"cgroup create box 64M; cgroup attach box app; inject {point} 1; touch app buf 4M")
    assert t("slots app buf").startswith("FH")


def test_a_cut_without_memory_leaves_the_vma_as_it_was():
    t = with_app()
    before = t("maps app")
    t("inject vma_alloc 1")
    t.fails("mprotect app buf+4K 4K r")
    assert t("maps app") == before
