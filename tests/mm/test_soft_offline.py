from tests.mm.failing import soft_offline
from tests.mm.layout import placed
from tests.support import START, K, M
from thpsh.errors import Errno
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exec import program_file
from thpsh.mm.exit import do_exit
from thpsh.mm.filemap import frames_behind
from thpsh.mm.fork import fork
from thpsh.mm.frames import frame_at
from thpsh.mm.gup import pin, unpin
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.mm.mmap import munmap
from thpsh.mm.page_alloc import OutOfMemory
from thpsh.mm.page_flags import poisoned, rare_flags
from thpsh.mm.page_kind import PageKind, kind_of, page_count
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.soft_offline import soft_offline_page
from thpsh.structs.page_cache import AddressSpace, File, FileKind
from thpsh.trace.events.memory_failure import SoftOfflineFailed

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


def test_a_huge_page_that_is_only_held_stays_whole_and_counts_as_gone():
    h = placed(2 * M)
    h.write(0, 2 * M)
    block = h.task.mm.pmds[START >> 21].block
    pin(h.kernel, h.task, START + PAGE, PAGE)
    munmap(h.kernel, h.task, START, 2 * M)
    lru_add_drain_all(h.kernel)
    soft_offline_page(h.kernel, 0, block.start_pfn)
    debug_vm(h.kernel)
    assert (block.huge, poisoned(block), h.event("thp_split")) == (True, 1, 0)
    unpin(h.kernel, h.task)
    lru_add_drain_all(h.kernel)
    debug_vm(h.kernel)
    assert (block.huge, kind_of(h.kernel, block.start_pfn)) == (False, PageKind.LOST)


def test_a_huge_page_is_not_split_where_there_is_no_page_to_move_to(monkeypatch):
    h = placed(2 * M)
    h.write(0, 2 * M)
    lru_add_drain_all(h.kernel)

    def nothing(*_, **__):
        raise OutOfMemory("test", 0)

    monkeypatch.setattr("thpsh.mm.soft_offline.alloc_small", nothing)
    offline(h, 0)
    assert (h.slots(2 * M), h.event("thp_split")) == ("H", 0)
    assert "migration failed -12" in last_line(h)


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


def file_page(h, *, dirty=False):
    """A page of a file that nobody maps."""
    file = File("f", FileKind.REGULAR, "08:01", 5, AddressSpace(swap_backed=False), 64 * K)
    h.map(64 * K, START + 4 * M, file=file)
    h.read(4 * M, 64 * K)
    munmap(h.kernel, h.task, START + 4 * M, 64 * K)
    lru_add_drain_all(h.kernel)
    _, block, frame = frames_behind(h.kernel, file.mapping, 0, 1)[0]
    block.dirty |= dirty << frame
    return file.mapping, block.start_pfn + frame


def test_a_free_page_is_flagged_where_it_is():
    h = small()
    pfn = h.kernel.zones[-1].area.virgin[0][0] << 9
    assert soft_offline(h, pfn) is None
    assert last_line(h) == f"get_any_page: {pfn:#x} free buddy page"
    assert (kind_of(h.kernel, pfn), h.kernel.totals.hwpoison_pages) == (PageKind.BUDDY, 1)


def test_a_page_in_use_moves_and_is_lost_when_the_lru_cache_lets_it_go():
    h = small()
    block, frame = behind(h, 3)
    assert soft_offline(h, block.start_pfn + frame) is None
    assert kind_of(h.kernel, block.start_pfn + frame) is PageKind.USER
    lru_add_drain_all(h.kernel)
    debug_vm(h.kernel)
    assert kind_of(h.kernel, block.start_pfn + frame) is PageKind.LOST


def test_a_clean_page_of_a_file_is_dropped_instead():
    h = small()
    mapping, pfn = file_page(h)
    assert soft_offline(h, pfn) is None
    assert last_line(h) == f"soft_offline: {pfn:#x}: invalidated"
    assert (mapping.nr_pages, kind_of(h.kernel, pfn)) == (15, PageKind.PCP)


def test_a_dirty_one_moves():
    h = small()
    mapping, pfn = file_page(h, dirty=True)
    assert soft_offline(h, pfn) is None
    _, block, frame = frames_behind(h.kernel, mapping, 0, 1)[0]
    assert (mapping.nr_pages, block.start_pfn + frame != pfn) == (16, True)


def test_pages_of_the_kernel_stay_and_keep_the_reference():
    h = small()
    pfn = h.task.mm.pgd_page
    assert soft_offline(h, pfn) is Errno.EIO
    assert "unknown non LRU page type" in last_line(h)
    assert page_count(h.kernel, pfn) == 2
    do_exit(h.kernel, h.task)
    debug_vm(h.kernel)
    assert kind_of(h.kernel, pfn) is PageKind.LOST


def test_the_boot_image_cannot_move():
    h = small()
    _, block, shift = frames_behind(h.kernel, program_file(h.kernel).mapping, 0, 0b10)[0]
    assert soft_offline(h, block.start_pfn + 1 + shift) is Errno.EIO
    assert "migration failed 1, type" in last_line(h)


def test_a_page_is_poisoned_only_once():
    h = small()
    block, frame = behind(h, 3)
    rare_flags(h.kernel, block).hwpoison |= 1 << frame
    h.kernel.totals.hwpoison_pages = 1
    h.kernel.totals.hwpoison_seen = True
    assert soft_offline(h, block.start_pfn + frame) is Errno.EBUSY
    assert last_line(h) == f"soft offline: {block.start_pfn + frame:#x} page already poisoned"


def test_what_madvise_loses_is_noted():
    h = placed(2 * M)
    h.write(0, 2 * M)
    offline(h, 1)
    found = [each.event for each in h.machine.trace.records if isinstance(each.event, SoftOfflineFailed)]
    assert [(event.errno, event.reason.rpartition(" ")[2]) for event in found] == [("EIO", "list")]
