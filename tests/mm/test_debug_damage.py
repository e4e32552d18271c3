"""What broken kernels leave behind, as debug_vm lists it."""

import pytest

from tests.commands.typed import Typed
from thpsh.mm.debug_damage import charge_damage, damage

CUT = "inject vma_alloc 2"


def app(revert=(), kind=""):
    t = Typed(revert=revert)
    t(f"spawn app; mmap app buf 4M {kind}; touch app buf")
    return t


def found(t):
    return damage(t.session.machine.kernel)


@pytest.mark.parametrize("kind", ["", "--devzero"])
def test_a_kernel_with_all_fixes_has_none(kind):
    t = app((), kind)
    t(CUT)
    t.fails("munmap app buf+1M 2M")
    t("mprotect app buf+2M 1M none")
    assert found(t) == []
    assert t("debug_vm").endswith("rules hold\n")


def test_a_huge_page_across_the_end_of_a_vma():
    t = app(("25",))
    t(CUT)
    t.fails("munmap app buf+1M 2M")
    assert found(t) == ["app: the huge page at 0x200000000000 crosses the end of a VMA at 0x200000100000"]
    assert t("debug_vm").splitlines() == [*found(t), "the accounts agree, but this kernel has left damage"]
    t("munmap app buf")
    assert found(t) == []


def test_pages_that_fault_for_ever():
    t = app(("5",), "--devzero")
    t("mprotect app buf 1M none")
    assert found(t) == ["app: 256 pages may be used by their VMA, not by their entries"]
    t("munmap app buf+1M 512K")
    assert found(t) == ["app: 128 pages may be used by their VMA, not by their entries"]
    t("mprotect app buf+1536K 512K r")
    assert found(t) == []


def test_used_bits_and_charges():
    t = Typed(revert=("16",), drained=True)
    t("spawn app; cgroup create box 64M; cgroup attach box app; mmap app buf 2M; touch app buf; munmap app buf")
    assert charge_damage(t.session.machine.kernel) == found(t) == ["511 Used bits are left on free pages"]


def test_used_bits_of_pages_with_a_new_user_are_not_counted():
    t = Typed(revert=("16",), drained=True)
    t("spawn app; cgroup create box 64M; cgroup attach box app; mmap app buf 2M; touch app buf; munmap app buf")
    t("mmap app next 64M; madvise app next 64M nohugepage; touch app next")
    assert charge_damage(t.session.machine.kernel) == []
