"""Huge faults, their fallbacks and copies (traces fault-*, fork-*)."""

import pytest

from tests.mm.groups import in_group
from tests.support import START, K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit
from thpsh.mm.fork import fork
from thpsh.mm.huge_memory import fault
from thpsh.mm.memory.fault import handle_range
from thpsh.mm.page_alloc import OutOfMemory
from thpsh.structs.config import BuildConfig
from thpsh.structs.mempolicy import MemPolicy, PolicyMode
from thpsh.structs.page_table import HugePmd
from thpsh.structs.vma import Vm


def mapped(size=4 * M, start=START, flags=Vm.DATA_DEFAULT, **spec):
    h = host(**spec)
    h.map(size, start, flags)
    return h


def test_one_fault_maps_a_whole_slot():
    h = mapped()
    assert h.write(0, 4 * K).minor == 1
    assert h.slots(4 * M) == "H."
    assert h.event("thp_fault_alloc") == 1
    assert len(h.task.mm.deposits) == 1


def test_a_read_gets_a_huge_page_too_writable_at_once():
    h = mapped()
    h.read(0, 4 * K)
    assert h.slots(4 * M) == "H."
    assert h.write(0, 2 * M).minor == 0


def test_a_slot_that_sticks_out_of_the_vma_is_small():
    h = mapped(size=4 * M, start=START + M)
    h.write(M, 4 * M)
    assert h.slots(6 * M) == "PHP"
    assert h.event("thp_fault_fallback") == 0


@pytest.mark.parametrize(
    ("mode", "flags", "letters"),
    [
        ("always", 0, "H"), ("always", Vm.NOHUGEPAGE, "P"), ("madvise", 0, "P"), ("madvise", Vm.HUGEPAGE, "H"),
        ("never", Vm.HUGEPAGE, "P"), ("always", Vm.GROWSDOWN | Vm.STACK_INCOMPLETE_SETUP, "P"),
        ("always", Vm.GROWSDOWN, "H"),
    ],
)  # fmt: skip
def test_the_policy_decides(mode, flags, letters):
    h = mapped(flags=Vm.DATA_DEFAULT | flags)
    h.enabled(mode)
    h.write(0, 4 * K)
    assert h.slots(2 * M) == letters


def test_a_slot_with_a_page_table_stays_small():
    h = mapped()
    h.enabled("never")
    h.write(0, 4 * K)
    h.enabled("always")
    h.write(0, 2 * M)
    assert h.slots(2 * M) == "F"


def test_without_free_blocks_the_fault_falls_back_and_counts_it():
    h = mapped(size=256 * M, memory=192 * M)
    h.enabled("always")
    for slot in range(96):
        if not h.event("thp_fault_fallback"):
            h.write(slot * 2 * M, 4 * K)
    assert h.event("thp_fault_fallback") == 1
    assert "HP." in h.slots(256 * M)


def test_the_only_owner_reuses_a_protected_huge_page():
    h = mapped()
    h.write(0, 2 * M)
    do_exit(h.kernel, fork(h.kernel, h.task, "child"))
    assert h.write(0, 4 * K).minor == 1
    assert h.event("thp_fault_alloc") == 1
    assert h.slots(2 * M) == "H"


def test_a_shared_huge_page_is_copied_huge():
    h = mapped()
    h.write(0, 2 * M)
    child = fork(h.kernel, h.task, "child")
    assert h.write(0, 4 * K, task=child).minor == 1
    assert h.event("thp_fault_alloc") == 2
    assert h.slots(2 * M) == h.slots(2 * M, task=child) == "H"


@pytest.mark.parametrize("how", ["never", "nohugepage", "debug_cow"])
def test_a_copy_that_may_not_be_huge_is_512_small_pages_and_a_fallback(how):
    h = mapped(build=BuildConfig(debug_vm=True))
    h.write(0, 2 * M)
    child = fork(h.kernel, h.task, "child")
    if how == "never":
        h.enabled("never")
    elif how == "debug_cow":
        h.kernel.thp.debug_cow = True
    else:
        child.mm.vma_at(START).flags |= Vm.NOHUGEPAGE
    assert h.write(0, 4 * K, task=child).minor == 1
    assert h.slots(2 * M, task=child) == "F"
    assert h.slots(2 * M) == "H"
    assert h.event("thp_fault_fallback") == 1


def test_a_huge_page_without_a_page_table_to_deposit_is_given_back(monkeypatch):
    # __do_huge_pmd_anonymous_page: VM_FAULT_OOM
    h, memcg = in_group()
    h.enabled("always")

    def none(*_):
        raise OutOfMemory

    monkeypatch.setattr(fault, "table_frames", none)
    before = sum(zone.free for zone in h.kernel.zones)
    with pytest.raises(OutOfMemory):
        handle_range(h.kernel, h.task, h.task.mm.vma_at(START), START, START + 4 * K, True)
    assert memcg.res.usage == 0
    assert before - sum(zone.free for zone in h.kernel.zones) < 512
    assert h.slots(2 * M) == "."
    debug_vm(h.kernel)


@pytest.mark.parametrize(
    ("mode", "letter", "counted"), [("always", "H", ("thp_fault_alloc", 3)), ("never", "F", ("thp_fault_fallback", 2))]
)
def test_a_copy_is_for_nothing_if_reclaim_finds_the_page_young_meanwhile(monkeypatch, mode, letter, counted):
    # pmd_same: what was allocated is freed, and the fault is repeated
    h = mapped()
    h.write(0, 2 * M)
    child = fork(h.kernel, h.task, "child")
    h.enabled(mode)
    entry = h.task.mm.pmds[START >> 21]
    assert entry.young

    def aging(found):
        def call(*arguments):
            entry.young = False
            return found(*arguments)

        return call

    monkeypatch.setattr(fault, "alloc_huge_block", aging(fault.alloc_huge_block))
    monkeypatch.setattr(fault, "charged_pages", aging(fault.charged_pages))
    before = h.event("pgfault")
    assert h.write(0, 4 * K).minor == 2
    assert h.event("pgfault") == before + 2
    assert h.event(counted[0]) == counted[1]
    assert (h.slots(2 * M), h.slots(2 * M, task=child)) == (letter, "H")


def test_a_group_without_room_for_a_copy_is_as_bad_as_no_memory_at_all():
    # VM_FAULT_OOM: pagefault_out_of_memory knows neither flags nor order
    h, memcg = in_group(limit=3 * M)
    h.enabled("always")
    h.write(0, 2 * M)
    child = fork(h.kernel, h.task, "child")
    assert h.write(0, 4 * K, task=child).signal == "SIGKILL"
    lines = [text for _, text in h.machine.dmesg.lines]
    assert "child invoked oom-killer: gfp_mask=0x0, order=0, oom_adj=0, oom_score_adj=0" in lines
    assert h.event("thp_fault_alloc") == 2
    assert memcg.res.usage == 2 * M


def test_small_copies_go_where_the_page_written_to_would_go():
    # all 512 are allocated for the address of the fault; a policy that interleaves looks at that
    h = mapped(nodes=2)
    h.write(0, 2 * M)
    child = fork(h.kernel, h.task, "child")
    child.policy = MemPolicy(PolicyMode.INTERLEAVE, (0, 1))
    h.enabled("never")
    h.write(4 * K, 4 * K, task=child)
    blocks = {block for _, block, _ in child.mm.pmds[START >> 21].runs}
    assert {block.zone.node for block in blocks} == {1}


def test_fork_shares_huge_pages_protected_on_both_sides():
    h = mapped()
    h.write(0, 4 * M)
    child = fork(h.kernel, h.task, "child")
    for task in (h.task, child):
        entry = task.mm.pmds[START >> 21]
        assert isinstance(entry, HugePmd)
        assert not entry.writable
    assert child.mm.pmds[START >> 21].block.huge_mapcount == 2
    assert not child.mm.pmds[START >> 21].young
    assert h.task.mm.pmds[START >> 21].young


def test_a_huge_fault_registers_the_process_with_khugepaged():
    h = mapped()
    assert not h.task.mm.khugepaged
    h.write(0, 4 * K)
    assert h.task.mm.khugepaged
    child = fork(h.kernel, h.task, "child")
    assert list(h.kernel.khugepaged.mms)[-1] is child.mm
    do_exit(h.kernel, child)
    assert child.mm is None
    assert len(h.kernel.khugepaged.mms) == 1
