from dataclasses import replace

import pytest

from tests.mm.layout import SHARED, R, place, placed, vma
from tests.support import START, K, M
from thpsh.errors import ModelBug
from thpsh.mm.debug_vma import check_vmas
from thpsh.mm.vma_adjust import split_vma
from thpsh.structs.anon_vma import AnonVma
from thpsh.structs.vma import Vm


def broken(h, text):
    check = pytest.raises(ModelBug, match=text)
    with check:
        check_vmas(h.kernel, h.task.mm)


def test_a_sound_address_space_passes():
    h = placed(4 * M)
    place(h, 4 * M, 4 * M, flags=SHARED)
    h.write(0, 8 * M)
    check_vmas(h.kernel, h.task.mm)


def test_starts_must_agree():
    h = placed(1 * M)
    h.task.mm.starts[-1] += 4096
    broken(h, "starts")


def test_vmas_may_not_overlap():
    h = placed(1 * M)
    place(h, 1 * M, 1 * M, R)
    vma(h).end += 4096
    broken(h, "out of order")


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (Vm.HUGEPAGE | Vm.NOHUGEPAGE, "VM_HUGEPAGE"),
        (Vm.HUGEPAGE | Vm.SHARED, "VM_HUGEPAGE"),
        (Vm.LOCKED | Vm.IO, "special and locked"),
    ],
)
def test_flags_that_exclude_each_other(flags, text):
    h = placed(1 * M)
    vma(h).flags |= flags
    broken(h, text)


def test_the_chain_must_hold_the_anon_vma_and_its_list_the_vma():
    h = placed(1 * M)
    h.write(0, 4 * K)
    found = vma(h)
    chain = found.chain
    found.chain = [AnonVma(99, vmas={found: None})]
    broken(h, "disagree")
    found.chain = chain
    del chain[0].vmas[found]
    broken(h, "not on the list of an anon_vma")


def test_a_file_must_know_its_mappings():
    h = placed(1 * M, flags=SHARED)
    vma(h).file.mapping.maps.clear()
    broken(h, "list of its file")


@pytest.mark.parametrize(
    "name", ["total_vm", "locked_vm", "shared_vm", "exec_vm", "stack_vm", "reserved_vm", "committed"]
)
def test_each_account_is_recomputed(name):
    h = placed(1 * M)
    setattr(h.task.mm, name, getattr(h.task.mm, name) + 1)
    broken(h, name)


def test_a_huge_page_may_not_cross_a_boundary():
    h = placed(2 * M)
    h.write(0, 4 * K)
    features = h.kernel.features
    h.kernel.features = replace(features, vma_adjust_splits=False)
    split_vma(h.kernel, h.task, vma(h), START + 1 * M, new_below=False)
    check_vmas(h.kernel, h.task.mm)
    h.kernel.features = features
    broken(h, "crosses")


def test_nothing_is_writable_against_the_flags():
    h = placed(4 * M)
    h.write(0, 4 * K)
    h.enabled("never")
    h.write(2 * M, 4 * K)
    vma(h).flags &= ~Vm.WRITE
    broken(h, "huge page .* writable")
    h.task.mm.pmds[START >> 21].writable = False
    broken(h, "entries writable")


def test_no_entry_lies_outside_the_vmas():
    h = placed(2 * M)
    h.enabled("never")
    h.write(0, 2 * M)
    table = h.task.mm.pmds[START >> 21]
    vma(h).end -= 4096
    h.task.mm.total_vm -= 1
    h.task.mm.committed -= 1
    broken(h, "outside")
    table.present &= ~(1 << 511)
    table.writable &= ~(1 << 511)
    table.swapped = {511: 5}
    broken(h, "outside")
