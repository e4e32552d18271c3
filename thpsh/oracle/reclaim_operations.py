"""Operations of swap and page cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.page_alloc import alloc_small
from thpsh.mm.read_file import cache_file, read_file
from thpsh.mm.swapoff import swapoff
from thpsh.mm.swapon import swapon
from thpsh.oracle.program import SWAPON, use_heap
from thpsh.oracle.reply import Reply
from thpsh.structs.bits import span
from thpsh.structs.page import PAGE_SHIFT, Gfp
from thpsh.structs.page_cache import FileKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.oracle.recorder import Recorder
    from thpsh.oracle.reply import Handler
    from thpsh.oracle.words import Words
    from thpsh.structs.kernel import Kernel


_DISK: Final = "/dev/ram1"
_AHEAD: Final = 128 << 10


def _swapon(recorder: Recorder, words: Words) -> Reply:
    """A RAM disk as swap device; `filled`: it was written to before, so that it has its memory."""
    if "filled" in words.words[2:]:
        _fill(recorder.kernel, words.size(1) >> PAGE_SHIFT)
    use_heap(recorder.kernel, recorder.task, SWAPON)
    if recorder.kernel.swap.devices:
        raise KernelError(Errno.EBUSY, "the recorder has one disk, and swaps to it already")
    swapon(recorder.kernel, words.size(1))
    return Reply({"how": "ram"})


def _fill(kernel: Kernel, pages: int) -> None:
    """The memory of a RAM disk: kernel pages."""
    while pages:
        for block, first, length in alloc_small(kernel, 0, pages, Gfp.KERNEL):
            kernel.own(block)
            block.kernel |= span(first, first + length)
            pages -= length


def _swapoff(recorder: Recorder, words: Words) -> Reply:
    del words
    if not recorder.kernel.swap.devices:
        raise KernelError(Errno.EINVAL, "the recorder swaps to no disk")
    for device in list(recorder.kernel.swap.devices.values()):
        swapoff(recorder.kernel, recorder.task, device.name)
    return Reply()


def _cache(recorder: Recorder, words: Words) -> Reply:
    """Clean page cache: a RAM disk is read, of which readahead brings 128 KiB more."""
    size = words.size(1) + _AHEAD
    file = cache_file(recorder.kernel, _DISK, size, FileKind.BLOCKDEV)
    read_file(recorder.kernel, recorder.task, file, size)
    return Reply()


def _dropcaches(recorder: Recorder, words: Words) -> Reply:
    """The recorder's own program has pushed the last pages out of the LRU caches by then."""
    recorder.drain()
    recorder.files.write("/proc/sys/vm/drop_caches", words[1] if len(words) > 1 else "3", create=False)
    return Reply()


RECLAIM_OPERATIONS: Final[Mapping[str, Handler]] = {
    "swapon": _swapon,
    "swapoff": _swapoff,
    "cache": _cache,
    "dropcaches": _dropcaches,
}
