"""An allocation of single pages at the end of memory."""

from tests.mm.swapped import touched, with_swap
from tests.support import M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.make_room import make_room
from thpsh.mm.read_file import cache_file, read_file
from thpsh.structs.page import Gfp


def zones(h):
    return h.kernel.nodes[0].zonelist


def test_who_may_not_wait_gets_nothing():
    h = with_swap()
    touched(h, 8 * M)
    assert not make_room(h.kernel, 0, zones(h), Gfp.KERNEL & ~Gfp.WAIT)
    assert h.event("allocstall") == 0


def test_it_reclaims_itself_when_nobody_woke_kswapd():
    h = with_swap()
    touched(h, 8 * M)
    assert make_room(h.kernel, 0, zones(h), Gfp.KERNEL)
    debug_vm(h.kernel)
    assert (h.event("allocstall"), h.event("pageoutrun")) == (1, 0)


def test_where_kswapd_has_balanced_the_zones_there_is_no_stall():
    h = host(memory=64 * M, cmdline="transparent_hugepage=never")
    read_file(h.kernel, h.task, cache_file(h.kernel, "/data", 32 * M), 32 * M)
    zone = h.kernel.zones[-1]
    zone.high_wmark = zone.free + 100
    h.kernel.nodes[0].kswapd.wanted = True
    assert make_room(h.kernel, 0, zones(h), Gfp.KERNEL)
    debug_vm(h.kernel)
    assert (h.event("allocstall"), h.event("pageoutrun") > 0) == (0, True)


def test_without_swap_and_files_there_is_no_hope():
    h = host(memory=64 * M, cmdline="transparent_hugepage=never")
    touched(h, 16 * M)
    while make_room(h.kernel, 0, zones(h), Gfp.KERNEL):
        debug_vm(h.kernel)
    assert all(zone.all_unreclaimable for zone in h.kernel.zones)
