"""/proc/kpagecount and kpageflags."""

from __future__ import annotations

from array import array

import pytest

from tests.mm.hugetlb.stage import map_huge, pool
from tests.support import START, Host, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.fs.vfs import Vfs
from thpsh.mm.fork import fork
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.stable_page_flags import FLAGS
from thpsh.structs.page_table import HugePmd, PageTable


def entries(app: Host, name: str, pfn: int, count: int = 1) -> list[int]:
    found = array("Q")
    found.frombytes(Vfs(app.machine).read_bytes(f"/proc/{name}", pfn * 8, count * 8))
    return list(found)


def names(flags: int) -> set[str]:
    return {name for name, bit in FLAGS.items() if flags >> bit & 1}


def huge() -> tuple[Host, int]:
    app = host()
    vma = app.map(2 * M)
    app.write(0, 1)
    lru_add_drain_all(app.kernel)
    pmd = vma.mm.pmds[START >> 21]
    assert isinstance(pmd, HugePmd)
    return app, pmd.block.start_pfn


def test_a_huge_page_is_mapped_at_its_head() -> None:
    app, pfn = huge()
    fork(app.kernel, app.task, "B")
    assert entries(app, "kpagecount", pfn, 3) == [2, 0, 0]


def test_the_head_carries_the_flags_and_the_tails_one() -> None:
    app, pfn = huge()
    head, tail = entries(app, "kpageflags", pfn, 2)
    assert {"compound_head", "mmap", "anon", "lru", "active", "uptodate", "swapbacked"} <= names(head)
    assert names(tail) == {"compound_tail"}


def test_small_pages_count_their_mappings() -> None:
    app = host()
    app.enabled("never")
    vma = app.map(2 * M)
    app.write(0, 8 * K)
    fork(app.kernel, app.task, "B")
    app.write(4 * K, 4 * K)
    table = vma.mm.pmds[START >> 21]
    assert isinstance(table, PageTable)
    pagemap = array("Q")
    pagemap.frombytes(Vfs(app.machine).read_bytes(f"/proc/{app.task.pid}/pagemap", START >> 9, 16))
    pfns = [entry & ((1 << 55) - 1) for entry in pagemap]
    assert [entries(app, "kpagecount", pfn)[0] for pfn in pfns] == [2, 1]
    assert {"mmap", "anon", "uptodate", "swapbacked"} <= names(entries(app, "kpageflags", pfns[0])[0])


def test_free_blocks_show_at_their_first_frame() -> None:
    app = host()
    flags = entries(app, "kpageflags", 0x1000, 0x38000)
    heads = [pfn for pfn, flag in enumerate(flags, 0x1000) if flag >> FLAGS["buddy"] & 1]
    wanted = sum(
        int(number) for row in Vfs(app.machine).read("/proc/buddyinfo").splitlines()[1:] for number in row.split()[4:]
    )
    assert len(heads) == wanted - sum(pfn >= 0x39000 for pfn in _heads_above(app))


def _heads_above(app: Host) -> list[int]:
    flags = entries(app, "kpageflags", 0x39000, 0x7000)
    return [pfn for pfn, flag in enumerate(flags, 0x39000) if flag >> FLAGS["buddy"] & 1]


def test_reserved_frames_and_frames_without_a_map_say_so() -> None:
    small, large = host(), host(memory=8192 * M)
    assert names(entries(small, "kpageflags", 0x1000)[0]) == {"reserved"}  # kernel image
    assert names(entries(small, "kpageflags", 0xA0)[0]) == {"reserved"}  # hole of the PC
    assert names(entries(large, "kpageflags", 0xC8000)[0]) == {"nopage"}  # between 3 and 4 GiB


def test_the_file_ends_with_the_last_frame() -> None:
    app = host()
    last = 0x3FFE0
    assert len(entries(app, "kpagecount", last - 1, 5)) == 1
    assert entries(app, "kpageflags", last + 5, 5) == []


def test_offset_and_size_are_whole_entries() -> None:
    files = Vfs(host().machine)
    for offset, size in ((4, 8), (0, 9)):
        with pytest.raises(KernelError) as caught:
            files.read_bytes("/proc/kpageflags", offset, size)
        assert caught.value.errno is Errno.EINVAL


def test_pages_of_the_hugetlbfs_pool_are_marked() -> None:
    app = pool(2)
    map_huge(app, 1)
    app.write(0, 4 * K)
    used = app.task.mm.hugetlb[START >> 21].page.block.start_pfn
    free = next(page for page in app.kernel.hugetlb.pages.values() if not page.mapcount).block.start_pfn
    assert names(entries(app, "kpageflags", used)[0]) == {"huge", "compound_head", "mmap", "anon", "uptodate"}
    assert names(entries(app, "kpageflags", used + 1)[0]) == {"huge", "compound_tail"}
    assert names(entries(app, "kpageflags", free)[0]) == {"huge", "compound_head"}
    assert entries(app, "kpagecount", used, 2) == [1, 0]
