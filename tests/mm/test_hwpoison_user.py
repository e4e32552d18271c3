"""Taking a bad page away from all who map it."""

from tests.mm.failing import small, swapped_in
from tests.mm.layout import SHARED
from tests.support import START, K
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.frames import frame_at
from thpsh.mm.hwpoison_user import UserMappings, hwpoison_user_mappings
from thpsh.mm.page_flags import rare_flags
from thpsh.mm.pins import get_page
from thpsh.mm.prctl import mce_kill


def behind(h, page=0):
    return frame_at(h.kernel, h.task.mm.pmds[START >> 21], page)


def flagged(h, block, frame):
    rare_flags(h.kernel, block).hwpoison |= 1 << frame
    h.kernel.totals.hwpoison_pages += 1
    h.kernel.totals.hwpoison_seen = True


def unmap(h, block, frame):
    flagged(h, block, frame)
    get_page(h.kernel, block, frame)
    return hwpoison_user_mappings(h.kernel, 0, block, frame, block.start_pfn + frame)


def test_every_process_gets_a_poison_entry():
    h = small()
    child = fork(h.kernel, h.task, "child")
    block, frame = behind(h, 3)
    assert unmap(h, block, frame) == UserMappings(gone=True, dirty=True)
    debug_vm(h.kernel)
    for task in (h.task, child):
        assert list(task.mm.pmds[START >> 21].swapped) == [3]
    assert block.rare.pins == {frame: 1}


def test_a_merged_page_stays():
    h = small()
    block, frame = behind(h, 3)
    flagged(h, block, frame)
    rare_flags(h.kernel, block).ksm |= 1 << frame
    assert not hwpoison_user_mappings(h.kernel, 0, block, frame, 1).gone
    assert block.once >> frame & 1


def test_a_page_without_mappings_needs_nothing():
    h = small()
    block = behind(h)[0]
    assert hwpoison_user_mappings(h.kernel, 0, block, 511, 1) == UserMappings(gone=True, dirty=False)


def test_of_shared_memory_all_hear_whose_mapping_covers_the_page():
    h = small(flags=SHARED)
    child = fork(h.kernel, h.task, "child")  # has no entry for the page
    mce_kill(h.kernel, child, "early")
    assert START >> 21 not in child.mm.pmds
    block, frame = behind(h, 3)
    unmap(h, block, frame)
    debug_vm(h.kernel)
    assert child.signals == [("AO", START + 12 * K)]


def test_a_page_of_the_swap_cache_leaves_swap_entries_behind():
    h, block, frame = swapped_in()
    before = h.task.mm.swap_ents
    assert unmap(h, block, frame) == UserMappings(gone=True, dirty=False)
    assert h.task.mm.swap_ents == before + 1
    assert h.machine.dmesg.lines[-1][1].endswith("keeping poisoned page in swap cache")
    debug_vm(h.kernel)
