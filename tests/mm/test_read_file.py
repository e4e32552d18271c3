"""Reading files through the page cache."""

from tests.support import K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.read_file import cache_file, read_file
from thpsh.structs.page import Lru
from thpsh.structs.page_cache import FileKind


def test_the_first_reading_comes_from_the_disk_the_second_from_the_cache():
    h = host()
    file = cache_file(h.kernel, "/data", 3 * M)
    before = h.event("pgpgin")
    assert read_file(h.kernel, h.task, file, 3 * M) == 768
    assert read_file(h.kernel, h.task, file, 3 * M) == 0
    assert h.event("pgpgin") == before + 3072
    debug_vm(h.kernel)


def test_pages_read_once_are_inactive_and_pages_read_again_become_active():
    h = host()
    lists = h.kernel.zones[-1].lruvec.lists
    file = cache_file(h.kernel, "/data", 1 * M)
    read_file(h.kernel, h.task, file, 1 * M)
    lru_add_drain_all(h.kernel)
    assert (lists[Lru.ACTIVE_FILE].nr_pages, lists[Lru.INACTIVE_FILE].nr_pages >= 256) == (0, True)
    read_file(h.kernel, h.task, file, 1 * M)
    assert lists[Lru.ACTIVE_FILE].nr_pages == 256
    debug_vm(h.kernel)


def test_the_pages_of_a_whole_disk_are_buffers():
    h = host()
    read_file(h.kernel, h.task, cache_file(h.kernel, "/dev/ram1", 1 * M, FileKind.BLOCKDEV), 1 * M)
    text = {line.split()[0]: int(line.split()[1]) for line in meminfo(h)}
    assert text["Buffers:"] == 1024
    assert text["Cached:"] * K == (h.kernel.zones[-1].stat.nr_file_pages - 256) * 4 * K


def meminfo(h):
    from thpsh.fs.vfs import Vfs

    return Vfs(h.machine).read("/proc/meminfo").splitlines()
