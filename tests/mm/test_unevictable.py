from tests.mm.layout import R, place, placed
from tests.support import START, K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.mman import Map
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.unevictable import mlock_vma_page, munlock_vma_page
from thpsh.structs.page import Lru
from thpsh.structs.page_cache import AddressSpace, File, FileKind


def listed(h, kind):
    return h.kernel.zones[-1].lruvec.lists[kind].nr_pages


def sixteen():
    """Sixteen small pages on the active list, with their pageblock and mask."""
    h = placed(64 * K)
    h.enabled("never")
    h.write(0, 64 * K)
    lru_add_drain_all(h.kernel)
    pages, block, shift = h.task.mm.pmds[START >> 21].runs[0]
    return h, block, pages << shift if shift >= 0 else pages >> -shift


def test_locking_twice_counts_once():
    h, block, frames = sixteen()
    mlock_vma_page(h.kernel, block, frames)
    mlock_vma_page(h.kernel, block, frames)
    assert h.kernel.zones[-1].stat.nr_mlock == 16
    assert listed(h, Lru.UNEVICTABLE) == 16
    assert h.event("unevictable_pgs_mlocked") == 16


def test_a_page_in_a_cache_gets_the_flag_only():
    h = placed(4 * K)
    h.write(0, 4 * K)
    pages, block, shift = h.task.mm.pmds[START >> 21].runs[0]
    mlock_vma_page(h.kernel, block, pages << shift if shift >= 0 else pages >> -shift)
    assert h.kernel.zones[-1].stat.nr_mlock == 1
    assert listed(h, Lru.UNEVICTABLE) == 0
    assert h.event("unevictable_pgs_culled") == 0


def test_unlocking_what_is_not_locked_does_nothing():
    h, block, frames = sixteen()
    munlock_vma_page(h.kernel, 0, block, frames)
    assert h.event("unevictable_pgs_munlocked") == 0
    assert block.active & frames == frames


def test_unlocked_pages_pass_through_the_cache_of_the_inactive_list():
    h, block, frames = sixteen()
    mlock_vma_page(h.kernel, block, frames)
    munlock_vma_page(h.kernel, 0, block, frames)
    debug_vm(h.kernel)
    assert listed(h, Lru.UNEVICTABLE) == 0
    assert listed(h, Lru.INACTIVE_ANON) == 14  # the cache holds the other two
    assert h.kernel.cpus[0].pagevecs[Lru.INACTIVE_ANON].nr == 2


def test_file_pages_go_back_to_the_file_list():
    h = host()
    file = File("f", FileKind.REGULAR, "00:01", 5, AddressSpace(swap_backed=False), 64 * K)
    place(h, 0, 64 * K, R, Map.PRIVATE | Map.FIXED, file)
    h.read(0, 64 * K)
    lru_add_drain_all(h.kernel)
    before = listed(h, Lru.INACTIVE_FILE)
    for pages, block, shift in h.task.mm.pmds[START >> 21].runs:
        frames = pages << shift if shift >= 0 else pages >> -shift
        mlock_vma_page(h.kernel, block, frames)
    assert listed(h, Lru.INACTIVE_FILE) == before - 16
    for pages, block, shift in h.task.mm.pmds[START >> 21].runs:
        munlock_vma_page(h.kernel, 0, block, pages << shift if shift >= 0 else pages >> -shift)
    lru_add_drain_all(h.kernel)
    assert listed(h, Lru.INACTIVE_FILE) == before
    debug_vm(h.kernel)


def test_a_huge_page_has_one_flag():
    h = placed(2 * M, flags=Map.PRIVATE | Map.ANONYMOUS | Map.FIXED | Map.LOCKED)
    block = h.task.mm.pmds[START >> 21].block
    assert (block.mlocked, h.kernel.zones[-1].stat.nr_mlock) == (1, 1)
    munlock_vma_page(h.kernel, 0, block, 1)
    lru_add_drain_all(h.kernel)
    debug_vm(h.kernel)
    assert (block.mlocked, h.kernel.zones[-1].stat.nr_mlock) == (0, 0)
    assert (listed(h, Lru.UNEVICTABLE), listed(h, Lru.INACTIVE_ANON)) == (0, 512)
