"""Twin of thpsh/mm/memcg_targets.py; what becomes of the targets is in test_memcg_attach.py."""

from tests.mm.groups import in_group
from tests.support import START, K, M
from thpsh.mm.fork import fork
from thpsh.mm.memcg_targets import MOVE_ANON, MOVE_FILE, split_all, targets_of
from thpsh.mm.shmem import shmem_zero_setup
from thpsh.structs.vma import Vm


def test_huge_pages_are_split_by_the_walk() -> None:
    h, _ = in_group()
    h.enabled("always")
    h.write(0, 4 * K)
    split_all(h.kernel, h.task.mm)
    assert h.slots(2 * M) == "F"


def test_a_page_mapped_three_times_does_not_move() -> None:
    h, g = in_group()
    h.write(0, 16 * K)
    one = fork(h.kernel, h.task, "one")
    mm = h.task.mm
    assert sum(slot.charges for slot in targets_of(h.kernel, mm, g, MOVE_ANON)) >= 4
    fork(h.kernel, h.task, "two")
    h.write(0, 4 * K)
    assert sum(slot.charges for slot in targets_of(h.kernel, mm, g, MOVE_ANON) if slot.pages) == 1
    assert one.mm is not None


def test_empty_entries_of_a_file_count_only_with_their_kind() -> None:
    h, g = in_group()
    file = shmem_zero_setup(h.kernel, 2 * M, Vm.NORESERVE)
    shared = Vm.DATA_DEFAULT | Vm.SHARED | Vm.MAYSHARE
    h.map(M, START + 64 * M, shared, file=file)
    h.map(M, START + 66 * M, shared, file=file)
    h.write(64 * M, 16 * K)
    h.read(66 * M, 4 * K)
    for moves, count in ((MOVE_ANON, 0), (MOVE_FILE, 8)):
        found = targets_of(h.kernel, h.task.mm, g, moves)
        assert sum(slot.charges for slot in found) == count
