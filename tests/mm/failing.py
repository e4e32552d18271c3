"""Hosts whose memory fails, and what they say of it."""

from tests.mm.layout import placed
from tests.mm.swapped import push_out, touched, with_swap
from tests.support import START, K, M
from thpsh.errors import KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.frames import frame_at
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.soft_offline import soft_offline_page


def log(h, lines):
    """The last lines of the kernel log, without the frame number that begins them."""
    return [text.partition(": ")[2] or text for _, text in h.machine.dmesg.lines[-lines:]]


def huge(size=2 * M):
    """A process with so many bytes in huge pages."""
    h = placed(size)
    h.write(0, size)
    assert h.slots(size) == "H" * (size // (2 * M))
    return h


def small(**kinds):
    """A process with 64 KiB in small pages that are on their list."""
    h = placed(64 * K, **kinds)
    h.enabled("never")
    h.write(0, 64 * K)
    lru_add_drain_all(h.kernel)
    return h


def swapped_in():
    """A host whose first page has come back from swap and is in the swap cache, too; the page."""
    h = with_swap()
    touched(h, 2 * M)
    push_out(h, 500)
    h.read(0, 4 * K)
    lru_add_drain_all(h.kernel)
    block, frame = frame_at(h.kernel, h.task.mm.pmds[START >> 21], 0)
    assert frame in block.rare.swap
    return h, block, frame


def soft_offline(h, pfn):
    """Take a page out of use without a reference to it; the errno, if there is one."""
    try:
        soft_offline_page(h.kernel, 0, pfn)
    except KernelError as error:
        return error.errno
    finally:
        debug_vm(h.kernel)
    return None
