"""Locks are announced only while they are traced, and always given back."""

import random

import pytest

from tests.commands.typed import Typed, with_app
from thpsh.observe.lock_lint import LockLint


def test_nothing_is_announced_unless_asked_for():
    t = with_app()
    t("touch app buf; munmap app buf+1M 1M; tick 20s")
    assert "no lock events" in t("trace lint")


def test_a_fault_holds_mmap_sem_for_reading_and_a_system_call_for_writing():
    t = with_app()
    t("trace locks on; touch app buf 4K; munmap app buf+1M 1M")
    taken = t("trace show lock_acquire")
    assert "lock=mmap_sem owner=mm3 mode=read site=do_page_fault" in taken
    assert "lock=mmap_sem owner=mm3 mode=write site=sys_munmap" in taken
    assert "lock=page_table_lock owner=mm3 mode= site=__do_huge_pmd_anonymous_page" in taken


def test_madvise_reads_for_advice_that_moves_no_boundary():
    t = with_app()
    t("trace locks on; madvise app buf 4K dontneed; madvise app buf 4M nohugepage")
    modes = [
        line.split("mode=")[1].split()[0] for line in t("trace show lock_acquire").splitlines() if "madvise" in line
    ]
    assert modes == ["read", "write"]


def test_off_ends_it():
    t = with_app()
    t("trace locks on; trace locks off; touch app buf")
    assert "no lock events" in t("trace lint")


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_done_all_locks_are_given_back_in_order(seed):
    t = Typed(memory=256 << 20, swap=64 << 20, cmdline="transparent_hugepage=always")
    t("trace locks on; echo always > /sys/kernel/mm/transparent_hugepage/enabled; spawn app; mmap app buf 64M")
    pick = random.Random(seed)
    lines = (
        "touch app buf+{a}M {b}M", "munmap app buf+{a}M 4K", "mprotect app buf+{a}M 64K r", "mprotect app buf 64M rw",
        "madvise app buf+{a}M 2M dontneed", "fork app kid; touch kid buf {b}M; exit kid", "tick 15s",
        "cgroup create g{n} 8M; cgroup attach g{n} app", "madvise app buf+{a}M 2M nohugepage",
        "inject vma_alloc 1", "touch app buf 60M",
    )  # fmt: skip
    for number in range(60):
        line = pick.choice(lines).format(a=pick.randrange(56), b=pick.randrange(1, 6), n=number)
        t.run(line)
        found = LockLint().read(t.session.machine.trace.records)
        assert found.held == [], line
        assert found.findings == [], line


def test_an_access_without_a_fault_takes_no_lock():
    t = with_app()
    t("touch app buf 4K; trace locks on; touch app buf; trace locks off")
    taken = t("trace show lock_acquire -n 99")
    assert taken.count("site=do_page_fault") == 1  # for the slots after the first
    t("trace locks on; touch app buf; touch app buf --read")
    assert t("trace show lock_acquire -n 99") == taken


def test_a_victim_of_the_oom_killer_dies_without_the_mmap_sem_of_the_fault():
    t = Typed(memory=256 << 20, cmdline="transparent_hugepage=never")
    t("cgroup create box 4M; spawn app; cgroup attach box app; mmap app buf 16M; trace locks on")
    t.run("touch app buf")
    story = t("trace show lock_acquire,lock_release,exit -n 9").splitlines()
    place = next(number for number, line in enumerate(story) if " exit " in line)
    assert "lock_release" in story[place - 1]
    assert "site=do_page_fault" in story[place - 1]


def test_locking_memory_writes_first_and_then_reads_and_pinning_only_reads():
    t = with_app()
    t("trace locks on; mlock app buf 64K; munlock app buf 64K; pin app buf+2M 4K")
    modes = [
        f"{line.split('mode=')[1].split()[0]} {line.split('site=')[1]}"
        for line in t("trace show lock_acquire -n 99").splitlines()
        if "lock=mmap_sem" in line and "khugepaged" not in line
    ]
    assert modes == ["write sys_mlock", "read do_mlock_pages", "write sys_munlock", "read get_user_pages_fast"]


def test_a_process_that_khugepaged_does_not_know_does_not_lock_its_list():
    t = with_app()
    t("trace locks on; exit app")
    assert "khugepaged_mm_lock" not in t("trace show -n 99")


def test_a_memory_error_is_dealt_with_under_the_page_lock_and_without_mmap_sem():
    t = with_app()
    t("touch app buf 4K; trace locks on; madvise app buf+28K 4K hwpoison")
    taken = [line.split("lock=")[1].split("  ")[0] for line in t("trace show lock_acquire -n 99").splitlines()[1:]]
    assert taken[0].startswith("page lock owner=page 0x")
    assert taken[1].startswith("anon_vma->root->mutex")
    assert not [line for line in taken if line.startswith("mmap_sem")]
    assert "nothing found" in t("trace lint")


def test_moving_pages_between_nodes_reads():
    t = with_app(nodes=2, memory=2 << 30)
    t("touch app buf 4K; trace locks on; migratepages app 0 1")
    assert "mode=read site=do_migrate_pages" in t("trace show lock_acquire -n 99")
    assert "nothing found" in t("trace lint")
