"""First touch in small pages."""

from tests.support import START, G, K, M, host
from thpsh.structs.bits import FULL, lowest


def small(**spec):
    h = host(cmdline="transparent_hugepage=never", **spec)
    h.map(64 * M)
    return h


def test_each_page_of_a_write_is_one_minor_fault():
    h = small()
    before = h.event("pgfault")
    assert h.write(0, 4 * M).minor == 1024
    assert h.event("pgfault") == before + 1024
    assert h.slots(6 * M) == "FF."
    assert h.task.mm.nr_ptes == 2 + 2  # program and stack have one each


def test_a_second_write_takes_no_fault():
    h = small()
    h.write(0, 2 * M)
    assert h.write(0, 2 * M).minor == 0


def test_reading_maps_the_zero_page_which_is_no_rss():
    h = small()
    before = h.task.mm.anon_rss
    assert h.read(0, 64 * K).minor == 16
    assert h.slots(2 * M) == "z"
    assert h.task.mm.anon_rss == before
    assert h.write(0, 8 * K).minor == 2
    assert h.task.mm.anon_rss == before + 2


def test_strided_writes_touch_one_page_each():
    h = small()
    assert h.write(0, 4 * M, step=64 * K).minor == 64
    assert h.slots(4 * M) == "PP"


def test_half_a_slot_is_filled_without_disturbing_the_rest():
    h = small()
    h.write(M, 4 * K)
    assert h.write(0, 2 * M).minor == 511
    assert h.task.mm.pmds[START >> 21].present == FULL


def test_frames_follow_each_other_upwards():
    h = small()
    h.write(0, 8 * M)
    runs = h.task.mm.pmds[(START >> 21) + 3].runs
    assert len(runs) <= 3  # a slot of the middle spans two pageblocks or one, since a batch is 31 pages
    first = [block.start_pfn + lowest(pages) + shift for pages, block, shift in runs[:2]]
    assert first[1] == first[0] + runs[0][0].bit_count() or first[0] // 1024 != first[1] // 1024


def test_scattered_writes_get_frames_in_the_order_of_the_faults():
    h = small()
    h.write(0, 64 * M, random=3000)
    assert h.task.min_flt >= 3000
    again = h.write(0, 64 * M, random=3000)
    assert 0 < again.minor < 3000


def test_gigabytes_are_touched_page_by_page():
    h = host(memory=8 * G, cmdline="transparent_hugepage=never")
    h.map(3 * G)
    assert h.write(0, 3 * G).minor == 3 * G // 4096
