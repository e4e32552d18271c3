"""/proc/PID/pagemap."""

from __future__ import annotations

from array import array

import pytest

from tests.mm.hugetlb.stage import map_huge, pool
from tests.mm.layout import place
from tests.support import START, Host, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.fs.vfs import Vfs
from thpsh.mm.fork import fork
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv

PRESENT = 1 << 63
SHIFT = 12 << 55
FRAME = (1 << 55) - 1


def entries(app: Host, address: int, pages: int, pid: int = 0) -> array[int]:
    found = array("Q")
    found.frombytes(Vfs(app.machine).read_bytes(f"/proc/{pid or app.task.pid}/pagemap", address >> 9, pages * 8))
    return found


def test_present_pages_have_a_frame_and_holes_none() -> None:
    app = host()
    app.enabled("never")
    place(app, 0, 16 * K)
    app.write(0, 4 * K)
    app.read(4 * K, 4 * K)
    found = entries(app, START, 6)
    assert found[0] & (PRESENT | SHIFT) == PRESENT | SHIFT
    assert app.kernel.block_of(found[0] & FRAME).once >> (found[0] & 511) & 1
    assert found[1] & PRESENT  # the zero page
    assert found[1] & FRAME
    assert found[2] == 0  # an empty entry of a page table
    assert found[4] == SHIFT  # outside of every VMA


def test_a_range_without_page_tables_is_a_hole() -> None:
    app = host()
    place(app, 0, 4 * M)
    assert list(entries(app, START, 2)) == [SHIFT, SHIFT]


def test_reading_one_page_splits_the_huge_page_in_all_its_processes() -> None:
    app = host()
    place(app, 0, 6 * M)
    for offset in (0, 2 * M, 4 * M):
        app.write(offset, 1)
    assert len(entries(app, START, 1)) == 1
    assert app.slots(6 * M) == "FHH"
    entries(app, START + 3 * M, 1)
    assert app.slots(6 * M) == "FFH"
    child = fork(app.kernel, app.task, "B")
    entries(app, START + 4 * M, 1, child.pid)
    assert app.slots(6 * M) == app.slots(6 * M, task=child) == "FFF"
    assert app.event("thp_split") == 3


def test_reading_across_slots_gives_every_page_once() -> None:
    app = host()
    place(app, 0, 4 * M)
    app.write(0, 4 * M)
    found = entries(app, START + 2 * M - 8 * K, 4)
    assert len({entry & FRAME for entry in found}) == 4
    assert all(entry & PRESENT for entry in found)


def test_offset_and_size_are_whole_entries() -> None:
    app = host()
    for offset, size in ((1, 8), (8, 7)):
        with pytest.raises(KernelError) as caught:
            Vfs(app.machine).read_bytes(f"/proc/{app.task.pid}/pagemap", offset, size)
        assert caught.value.errno is Errno.EINVAL


def test_the_file_ends_with_the_address_space() -> None:
    app = host()
    last = 0x7FFFFFFFF000 - 4 * K
    assert len(entries(app, last, 5)) == 1
    assert len(entries(app, 1 << 47, 5)) == 0
    assert Vfs(app.machine).read_bytes("/proc/kswapd0/pagemap", 0, 64) == b""


def test_a_page_of_hugetlbfs_is_512_entries_and_stays_whole() -> None:
    app = pool(1)
    map_huge(app, 1)
    app.write(0, 4 * K)
    found = entries(app, START, 512)
    first = app.task.mm.hugetlb[START >> 21].page.block.start_pfn
    assert [entry & FRAME for entry in found] == list(range(first, first + 512))
    assert all(entry & PRESENT for entry in found)


def test_a_poison_entry_of_hugetlbfs_reads_as_nothing() -> None:
    app = pool(2)
    map_huge(app, 1)
    app.write(0, 4 * K)
    madvise(app.kernel, app.task, START, 4 * K, Madv.HWPOISON)
    assert list(entries(app, START, 512)) == [0] * 512
