"""Copy-on-write of small pages (traces fork-base-pages, fork-cow-never)."""

from tests.support import START, K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit
from thpsh.mm.fork import fork
from thpsh.mm.frames import frame_at, frames_of
from thpsh.mm.mman import Prot
from thpsh.mm.mprotect import mprotect
from thpsh.structs.bits import FULL
from thpsh.structs.page_cache import AddressSpace, File, FileKind
from thpsh.structs.vma import Vm
from thpsh.trace.events.kmem import MmPageAlloc


def pair():
    h = host(cmdline="transparent_hugepage=never")
    h.map(4 * M)
    h.write(0, 2 * M)
    return h, fork(h.kernel, h.task, "child")


def test_the_first_writer_copies_the_second_reuses():
    h, child = pair()
    used = h.kernel.zones[-1].stat.nr_anon_pages
    assert h.write(0, 8 * K, task=child).minor == 2
    assert h.kernel.zones[-1].stat.nr_anon_pages == used + 2
    assert h.write(0, 8 * K).minor == 2
    assert h.kernel.zones[-1].stat.nr_anon_pages == used + 2
    assert h.write(0, 8 * K).minor == 0


def test_after_the_child_is_gone_every_page_is_reused():
    h, child = pair()
    do_exit(h.kernel, child)
    used = h.kernel.zones[-1].stat.nr_anon_pages
    assert h.write(0, 2 * M).minor == 512
    assert h.kernel.zones[-1].stat.nr_anon_pages == used


def test_fork_protects_both_sides_and_the_child_is_old():
    h, child = pair()
    slot = START >> 21
    assert h.task.mm.pmds[slot].writable == 0
    assert h.task.mm.pmds[slot].young == FULL
    assert child.mm.pmds[slot].young == 0
    assert child.mm.anon_rss == h.task.mm.anon_rss


def test_pages_in_the_place_of_the_zero_page_are_asked_for_cleared():
    # do_wp_page: alloc_zeroed_user_highpage_movable there, alloc_page_vma for a copy
    h, child = pair()
    h.read(2 * M, 64 * K, task=child)
    h.write(2 * M + 16 * K, 16 * K, task=child)
    fork(h.kernel, child, "grandchild")
    asked = []

    class Allocated:
        def heard(self, record):
            asked.append((record.event.gfp, record.event.count))

    h.kernel.trace.subscribe(Allocated(), MmPageAlloc)
    assert h.write(2 * M, 64 * K, task=child).minor == 16
    zeroed, copy = 0x280DA, 0x200DA
    assert asked == [(zeroed, 4), (copy, 4), (zeroed, 8)]


def test_the_copy_holds_what_was_written():
    h, child = pair()
    h.write(0, 4 * K, task=child, value=0x11)
    block, frame = frame_at(h.kernel, child.mm.pmds[START >> 21], 0)
    assert block.content(frame) == 0x11
    block, frame = frame_at(h.kernel, h.task.mm.pmds[START >> 21], 0)
    assert block.content(frame) == 0x5A


def test_three_generations_share_until_written():
    h, child = pair()
    grandchild = fork(h.kernel, child, "grandchild")
    for task in (grandchild, child, h.task):
        assert h.write(0, 2 * M, task=task).minor == 512
    first = [frame_at(h.kernel, task.mm.pmds[START >> 21], 0) for task in (h.task, child, grandchild)]
    assert len({(block.index, frame) for block, frame in first}) == 3


def test_a_write_to_a_protected_page_of_a_shared_file_dirties_the_page_too():
    h = host()
    mapping = AddressSpace(swap_backed=False)
    file = File("f", FileKind.REGULAR, "00:01", 5, mapping, 64 * K)
    h.map(64 * K, flags=Vm.DATA_DEFAULT | Vm.SHARED | Vm.MAYSHARE, file=file)
    h.read(0, 16 * K)
    mprotect(h.kernel, h.task, START, 64 * K, Prot.READ)
    mprotect(h.kernel, h.task, START, 64 * K, Prot.READ | Prot.WRITE)
    assert h.write(4 * K, 4 * K).minor == 1
    slot = next(iter(mapping.slots.values()))
    dirty = sum((block.dirty & frames).bit_count() for block, frames in frames_of(h.kernel, slot, slot.present))
    assert dirty == 1
    debug_vm(h.kernel)
