"""What very many VMAs cost; the figures of a real kernel are those of the recordings frag-locked-*."""

from tests.support import START, K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit
from thpsh.mm.fork import fork
from thpsh.mm.mlock import mlock
from thpsh.mm.slab import AT_BOOT, resize_slab, slab_pages


def cut(stretches):
    """A process whose memory is cut into so many locked and as many unlocked VMAs."""
    h = host()
    h.enabled("never")
    h.map(8 * M)
    for number in range(stretches):
        mlock(h.kernel, h.task, START + number * 8 * K, 4 * K)
    h.machine.finish()
    debug_vm(h.kernel)
    return h


def unreclaimable(h):
    return sum(zone.stat.nr_slab_unreclaimable for zone in h.kernel.zones)


def test_56_thousand_vmas_are_six_pageblocks():
    assert slab_pages(AT_BOOT) == 0
    assert slab_pages(2 * 28160) // 512 == 5
    assert slab_pages(2 * 28160) % 512 > 400


def test_pages_come_with_the_vmas_and_go_with_the_process():
    before = unreclaimable(host())
    h = cut(1000)
    vmas = h.kernel.slab.vmas
    assert vmas > 2000
    assert unreclaimable(h) == before + (vmas - AT_BOOT) * 224 // 4096
    assert h.kernel.zones[-1].migratetype(h.kernel.slab.runs[0][0].index).label == "Unmovable"
    child = fork(h.kernel, h.task, "child")
    h.machine.finish()
    debug_vm(h.kernel)
    assert h.kernel.slab.vmas == 2 * vmas - (vmas - len(h.task.mm.vmas))
    for task in (child, h.task):
        do_exit(h.kernel, task)
        h.machine.finish()
        debug_vm(h.kernel)
    assert unreclaimable(h) == before
    assert h.kernel.slab.pages == 0


def test_a_quiet_host_takes_none():
    h = host()
    resize_slab(h.kernel)
    assert h.kernel.slab.pages == 0
    assert 0 < h.kernel.slab.vmas < AT_BOOT
