"""exec: the program's VMAs as in the recordings (extra/proc-files.txt)."""

import pytest

from tests.commands.typed import Typed
from tests.support import M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exec import execve


def test_a_new_process_has_the_recorded_mappings():
    mm = host().task.mm
    assert [(hex(vma.start), hex(vma.end)) for vma in mm.vmas] == [
        ("0x400000", "0x401000"), ("0x401000", "0x41a000"), ("0x41a000", "0x41e000"), ("0x41e000", "0x420000"),
        ("0x420000", "0x4f4000"), ("0x7ffff7ffe000", "0x7ffff7fff000"), ("0x7ffffffdd000", "0x7ffffffff000"),
    ]  # fmt: skip


def test_exec_throws_the_old_address_space_away():
    h = host()
    h.map(8 * M)
    h.write(0, 8 * M)
    execve(h.kernel, h.task, 8192)
    debug_vm(h.kernel)
    assert h.task.mm.anon_rss < 20
    assert not h.task.mm.khugepaged


def test_arguments_on_the_temporary_stack_are_never_huge():
    h = host()
    execve(h.kernel, h.task, 2 * M)
    assert h.event("thp_fault_alloc") == 0
    assert h.task.mm.anon_rss >= 512


def test_too_many_arguments_are_refused_and_change_nothing():
    h = host()
    mm = h.task.mm
    with pytest.raises(KernelError) as caught:
        execve(h.kernel, h.task, 3 * M)
    assert caught.value.errno == Errno.E2BIG
    assert h.task.mm is mm


def exec_meets_khugepaged(revert):
    t = Typed(revert=revert)
    t("spawn app; inject exec_copy 1")
    return t, t.run("exec app --args 5M --stack 32M")


def test_khugepaged_leaves_the_stack_that_exec_builds_alone():
    t, (status, _, err) = exec_meets_khugepaged(())
    assert (status, err) == (0, "")
    assert t("cat /sys/kernel/mm/transparent_hugepage/khugepaged/pages_collapsed") == "0\n"


def test_before_commit_13_a_collapsed_stack_could_not_be_split():
    t, (status, _, err) = exec_meets_khugepaged(("13",))
    assert status != 0
    assert "Kernel panic - not syncing: Fatal exception" in err
    log = t("dmesg").splitlines()
    at = next(i for i, line in enumerate(log) if line.endswith("] mapcount 0 page_mapcount 1"))
    assert log[at + 2].endswith("] kernel BUG at mm/huge_memory.c:1368!")
    assert [line.split()[-1] for line in log[at + 6 : at + 11]] == [
        "__split_huge_page", "split_huge_page", "__split_huge_page_pmd", "move_page_tables", "shift_arg_pages",
    ]  # fmt: skip
