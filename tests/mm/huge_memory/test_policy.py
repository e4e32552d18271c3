"""Who may have huge pages."""

import pytest

from tests.mm.layout import placed, vma
from tests.support import START, K, M, host
from thpsh.mm.huge_memory.policy import (
    alloc_hugepage_gfp,
    fits,
    huge_range,
    transparent_hugepage_defrag,
    transparent_hugepage_enabled,
)
from thpsh.structs.page import Gfp
from thpsh.structs.vma import Vm, Vma

SETUP = Vm.GROWSDOWN | Vm.RAND_READ | Vm.SEQ_READ


@pytest.mark.parametrize(
    ("mode", "flags", "huge"),
    [
        ("always", 0, True),
        ("always", Vm.NOHUGEPAGE, False),
        ("always", SETUP, False),  # the stack of an exec under way
        ("always", Vm.GROWSDOWN, True),
        ("madvise", 0, False),
        ("madvise", Vm.HUGEPAGE, True),
        ("never", Vm.HUGEPAGE, False),
    ],
)
def test_which_faults_may_be_huge(mode, flags, huge):
    h = placed(2 * M)
    h.enabled(mode)
    vma(h).flags |= flags
    assert transparent_hugepage_enabled(h.kernel, vma(h)) is huge


def test_defrag_madvise_is_for_those_who_asked():
    h = placed(2 * M)
    assert transparent_hugepage_defrag(h.kernel, vma(h))
    h.kernel.thp.defrag_always, h.kernel.thp.defrag_madvise = False, True
    assert not transparent_hugepage_defrag(h.kernel, vma(h))
    vma(h).flags |= Vm.HUGEPAGE
    assert transparent_hugepage_defrag(h.kernel, vma(h))


def test_without_defrag_an_allocation_does_not_wait():
    assert alloc_hugepage_gfp(defrag=True) & Gfp.WAIT
    assert alloc_hugepage_gfp(defrag=False) == alloc_hugepage_gfp(defrag=True) - Gfp.WAIT


def test_a_huge_page_lies_wholly_inside_its_vma():
    found = Vma(None, START + 4 * K, START + 6 * M - 4 * K, 0, 0)
    assert huge_range(found) == (START + 2 * M, START + 4 * M)
    assert [fits(found, START + offset) for offset in (1 * M, 2 * M, 4 * M - 1, 4 * M)] == [False, True, True, False]


def test_below_512_mib_all_flags_are_cleared():
    # totalram_pages is what remains for the allocator: a machine of exactly 512 MiB is small, too.
    flags = [host(memory=memory * M).kernel.thp for memory in (256, 512, 1024)]
    assert [(thp.enabled_always, thp.defrag_always, thp.khugepaged_defrag) for thp in flags] == [
        (False,) * 3, (False,) * 3, (True,) * 3,
    ]  # fmt: skip
    assert all(thp.registered for thp in flags)


def test_without_pse_there_is_no_directory():
    assert not host(pse=False).kernel.thp.registered
    assert host(pse=False, revert=("24",)).kernel.thp.registered


@pytest.mark.parametrize(("word", "always", "warned"), [("madvise", False, 0), ("never", False, 0), ("yes", True, 1)])
def test_the_kernel_parameter(word, always, warned):
    h = host(cmdline=f"transparent_hugepage={word}")
    assert h.kernel.thp.enabled_always is always
    assert h.machine.dmesg.text().count("transparent_hugepage= cannot parse, ignored") == warned
