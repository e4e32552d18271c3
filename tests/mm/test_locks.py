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
