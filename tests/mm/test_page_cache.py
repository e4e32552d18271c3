"""Pages leave the page cache by their frames."""

from tests.support import M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.lru import release_frames
from thpsh.mm.page_cache import forget_offsets
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.read_file import cache_file, read_file


def test_the_offsets_behind_some_frames_are_empty_afterwards():
    h = host()
    file = cache_file(h.kernel, "/data", 1 * M)
    read_file(h.kernel, h.task, file, 1 * M)
    lru_add_drain_all(h.kernel)
    pages, block, shift = file.mapping.slots[0].runs[0]
    first = pages & -pages
    frames = first << shift if shift >= 0 else first >> -shift
    before = (h.kernel.root_memcg.stat.cache, block.zone.stat.nr_file_pages)
    forget_offsets(h.kernel, block, frames)
    assert not file.mapping.slots[0].present & first
    assert file.mapping.nr_pages == 255
    assert (h.kernel.root_memcg.stat.cache, block.zone.stat.nr_file_pages) == (before[0] - 1, before[1] - 1)
    release_frames(h.kernel, 0, {block: frames})
    debug_vm(h.kernel)
