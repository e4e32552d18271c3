"""Operations that are one system call of a recorded process, or a touch of its memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.gup import pin, unpin
from thpsh.mm.madvise import NAMES, madvise
from thpsh.mm.mincore import mincore
from thpsh.mm.mlock import mlock, mlockall, munlock, munlockall
from thpsh.mm.mman import Map, Mremap, Prot
from thpsh.mm.mmap import MapRequest, brk, mmap, munmap
from thpsh.mm.mprotect import mprotect
from thpsh.mm.mremap import RemapRequest, mremap
from thpsh.mm.shmem import dev_zero
from thpsh.oracle.reply import Reply
from thpsh.oracle.words import Refused, Words, size_of
from thpsh.structs.page import HPAGE_SIZE, PAGE_SIZE
from thpsh.structs.page_cache import AddressSpace, File, FileKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.oracle.recorder import Process, Recorder
    from thpsh.oracle.reply import Handler

PROTECTIONS: Final = {"rw": Prot.READ | Prot.WRITE, "r": Prot.READ, "none": Prot.NONE}
_LATER: Final = {"free": 8, "cold": 20, "pageout": 21, "populate_read": 22, "populate_write": 23,
                 "dontneed_locked": 24, "collapse": 25}  # fmt: skip
ADVICE: Final = {**_LATER, **{name: number for number, name in NAMES.items()}}
SI_CODES: Final = {"SEGV_MAPERR": 1, "SEGV_ACCERR": 2, "BUS_MCEERR_AR": 4}
_MINCORE_AT_ONCE: Final = 4096 * PAGE_SIZE  # the recorder's vector holds so many pages
_PIPE_PAGES: Final = 8 * 256  # what the recorder's pipes hold


def _mmap(recorder: Recorder, words: Words) -> Reply:
    process, length = recorder.process(words), words.size(3)
    offset = size_of(words.option("offset") or "0", "bad offset")
    protection = PROTECTIONS.get(words.option("prot") or "rw", Prot.READ | Prot.WRITE)
    flags, file = _backing(recorder, words.option("map") or "private", length)
    address = 0
    if words.option("align") != "none":
        address = recorder.new_window() + offset
        flags |= Map.FIXED
    found = mmap(recorder.kernel, process.task, MapRequest(address, length, protection, flags, file))
    process.add(words[2], found, length)
    return Reply()


def _backing(recorder: Recorder, kind: str, length: int) -> tuple[int, File | None]:
    """Flags and file of a mapping of some kind."""
    kernel = recorder.kernel
    if kind == "shared":
        return Map.SHARED | Map.ANONYMOUS, None
    if kind == "devzero":
        return Map.PRIVATE, dev_zero(kernel)
    if kind == "file":
        kernel.own(kernel.totals)
        inode = kernel.totals.next_inode
        kernel.totals.next_inode += 1
        cache = AddressSpace(swap_backed=True, epoch=kernel.epoch)  # the recorder's /tmp is a tmpfs
        name = "/tmp/thpprobe.tmp (deleted)"
        return Map.PRIVATE, File(name, FileKind.REGULAR, "08:01", inode, cache, length, epoch=kernel.epoch)
    return Map.PRIVATE | Map.ANONYMOUS, None


def _munmap(recorder: Recorder, words: Words) -> Reply:
    process, address, length = _range(recorder, words)
    munmap(recorder.kernel, process.task, address, length)
    return Reply()


def _mlock(recorder: Recorder, words: Words) -> Reply:
    process, address, length = _range(recorder, words)
    mlock(recorder.kernel, process.task, address, length)
    return Reply()


def _munlock(recorder: Recorder, words: Words) -> Reply:
    process, address, length = _range(recorder, words)
    munlock(recorder.kernel, process.task, address, length)
    return Reply()


def _mlockall(recorder: Recorder, words: Words) -> Reply:
    task = recorder.process(words).task
    flags = words.size(2)
    if flags:
        mlockall(recorder.kernel, task, flags)
    else:
        munlockall(recorder.kernel, task)
    return Reply()


def _mprotect(recorder: Recorder, words: Words) -> Reply:
    process, address, length = _range(recorder, words)
    if words[4] not in PROTECTIONS:
        raise Refused("bad prot")
    mprotect(recorder.kernel, process.task, address, length, PROTECTIONS[words[4]])
    return Reply()


def _madvise(recorder: Recorder, words: Words) -> Reply:
    process, address, length = _range(recorder, words)
    advice = ADVICE.get(words[4])
    if advice is None:
        advice = size_of(words[4], "bad advice")
    madvise(recorder.kernel, process.task, address, length, advice)
    return Reply()


def _mremap(recorder: Recorder, words: Words) -> Reply:
    process, address, length = _range(recorder, words)
    wanted = words.size(4)
    to = words.option("to")
    flags = Mremap.MAYMOVE | Mremap.FIXED if to else Mremap.MAYMOVE
    request = RemapRequest(address, length, wanted, flags, recorder.new_window() if to else 0)
    found = mremap(recorder.kernel, process.task, request)
    region, _ = process.region(words[2])
    if to:
        process.add(to, found, wanted)
    elif found == address:
        region.length = max(region.length, address + wanted - region.base)
    else:
        name = words[2].partition("+")[0]
        process.add(f"{name[:20]}~{len(process.regions)}", found, wanted)
        return Reply({"how": "moved"})
    return Reply()


def _touch(recorder: Recorder, words: Words) -> Reply:
    process, address, length = _range(recorder, words)
    stride = size_of(words.option("stride") or "4K", "bad stride")
    if not stride:
        raise Refused("bad stride")
    if address % PAGE_SIZE and length:
        length = (length - 1) // stride * stride + 1  # one byte each step: the last page may be touched by none
    mode = TouchMode(write=words[4] == "write", step=stride, caught=True)
    report = touch(recorder.kernel, process.task, address, length, mode)
    if not report.signal or report.at is None:
        return Reply()
    steps = -(-(report.at - address) // stride)
    base = process.region(words[2])[0].base
    at = address + steps * stride - base
    more = {"si_code": SI_CODES[report.code], "si_addr": at} if words.words[-1] == "info" else {}
    return Reply({"at": at, **more}, report.signal)


def _mincore(recorder: Recorder, words: Words) -> Reply:
    process, address, length = _range(recorder, words)
    resident = 0
    try:
        for first in range(0, length, _MINCORE_AT_ONCE):
            part = min(_MINCORE_AT_ONCE, length - first)
            resident += mincore(recorder.kernel, process.task, address + first, part).resident
        if not length or address % PAGE_SIZE:
            mincore(recorder.kernel, process.task, address, length)
    except KernelError as error:
        return Reply({"resident": resident}, f"-{error.errno.name}")
    return Reply({"resident": resident})


def _brk(recorder: Recorder, words: Words) -> Reply:
    process, size = recorder.process(words), words.size(2)
    if not process.heap:
        process.heap = (brk(recorder.kernel, process.task, 0) + HPAGE_SIZE - 1) & -HPAGE_SIZE
    wanted = process.heap + size
    found = brk(recorder.kernel, process.task, wanted)
    if "heap" not in process.regions or size > process.regions["heap"].length:
        process.add("heap", process.heap, size)
    return Reply(ret="0" if found == wanted else f"-{Errno.ENOMEM.name}")


def _pin(recorder: Recorder, words: Words) -> Reply:
    process, address, length = _range(recorder, words)
    part = min(length, _PIPE_PAGES * PAGE_SIZE)
    try:
        report = pin(recorder.kernel, process.task, address, part)
    except KernelError as error:
        return Reply({"pinned": 0}, f"-{error.errno.name}")
    if report.pages < report.wanted:
        return Reply({"pinned": 0}, f"-{Errno.EFAULT.name}")
    return Reply({"pinned": report.pages}, "0" if part == length else f"-{Errno.ENOSPC.name}")


def _unpin(recorder: Recorder, words: Words) -> Reply:
    unpin(recorder.kernel, recorder.process(words).task)
    return Reply()


def _range(recorder: Recorder, words: Words) -> tuple[Process, int, int]:
    """NAME REGION+OFF LEN: process, address, length."""
    process = recorder.process(words)
    _, address = process.region(words[2])
    return process, address, words.size(3)


CALLS: Final[Mapping[str, Handler]] = {
    "mmap": _mmap,
    "munmap": _munmap,
    "mprotect": _mprotect,
    "mremap": _mremap,
    "madvise": _madvise,
    "touch": _touch,
    "mlock": _mlock,
    "munlock": _munlock,
    "mlockall": _mlockall,
    "mincore": _mincore,
    "brk": _brk,
    "pin": _pin,
    "unpin": _unpin,
}
