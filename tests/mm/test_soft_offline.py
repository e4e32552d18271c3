from tests.mm.layout import placed
from tests.support import START, K, M
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.frames import frame_at
from thpsh.mm.gup import pin, unpin
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.mm.mmap import munmap
from thpsh.mm.page_flags import poisoned
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.soft_offline import flags_of

PAGE = 4 * K


def offline(h, page, count=1):
    madvise(h.kernel, h.task, START + page * PAGE, count * PAGE, Madv.SOFT_OFFLINE)
    debug_vm(h.kernel)


def small(size=64 * K):
    h = placed(size)
    h.enabled("never")
    h.write(0, size)
    return h


def behind(h, page, task=None):
    return frame_at(h.kernel, (task or h.task).mm.pmds[START >> 21], page)


def last_line(h):
    return h.machine.dmesg.lines[-1][1]


def test_a_small_page_moves_and_its_frame_is_lost():
    h = small()
    block, frame = behind(h, 3)
    faults = h.task.min_flt
    offline(h, 3)
    assert behind(h, 3) != (block, frame)
    assert poisoned(block) == 1 << frame
    assert h.kernel.totals.hwpoison_pages == 1
    assert h.write(3 * PAGE, PAGE).minor == 0
    assert h.task.min_flt == faults
    munmap(h.kernel, h.task, START, 64 * K)
    debug_vm(h.kernel)
    assert block.rare.hwpoison == 1 << frame


def test_all_who_share_the_page_see_the_new_one():
    h = small()
    child = fork(h.kernel, h.task, "child")
    offline(h, 3)
    assert behind(h, 3) == behind(h, 3, child)


def test_a_head_splits_its_huge_page_and_moves_alone():
    h = placed(2 * M)
    h.write(0, 2 * M)
    offline(h, 0)
    assert (h.slots(2 * M), h.event("thp_split")) == ("F", 1)
    assert behind(h, 0)[0] is not behind(h, 1)[0]
    assert h.kernel.totals.hwpoison_pages == 1


def test_a_tail_stays_but_its_huge_page_is_never_freed():
    h = placed(2 * M)
    h.write(0, 2 * M)
    block = h.task.mm.pmds[START >> 21].block
    offline(h, 1)
    assert h.slots(2 * M) == "H"
    assert "unknown non LRU page type" in last_line(h)
    munmap(h.kernel, h.task, START, 2 * M)
    debug_vm(h.kernel)
    assert block.huge
    assert block.huge_mapcount == 0


def test_a_failure_ends_the_walk_without_an_error():
    h = placed(4 * M)
    h.write(0, 4 * M)
    offline(h, 511, 2)
    assert h.slots(4 * M) == "HH"
    offline(h, 512)
    assert h.slots(4 * M) == "HF"


def test_a_pinned_page_cannot_move():
    h = small()
    place = behind(h, 3)
    pin(h.kernel, h.task, START + 3 * PAGE, PAGE)
    offline(h, 3)
    assert "migration failed 1, type" in last_line(h)
    assert behind(h, 3) == place
    unpin(h.kernel, h.task)
    offline(h, 3)
    assert behind(h, 3) != place


def test_the_zero_page_stays():
    h = placed(64 * K)
    h.enabled("never")
    h.read(0, PAGE)
    offline(h, 0)
    assert last_line(h) == "soft_offline: 0x1400: unknown non LRU page type 100000000000404"


def test_flags_of_a_page_are_those_of_x86_64():
    h = placed(2 * M)
    h.write(0, 2 * M)
    lru_add_drain_all(h.kernel)
    block = h.task.mm.pmds[START >> 21].block
    # zone DMA32; swapbacked, head, active, lru, uptodate
    assert flags_of(block, 0) & ~0x14 == 0x100000000084068
    assert flags_of(block, 1) == 0x100000000008000
