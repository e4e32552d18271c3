"""The twins: the same work done by this machine's kernel (Linux only), in Python without a compiler.

What the interpreter costs is measured by doing the same once more on memory that is already there, and taken off.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import random
import resource
import struct
from time import perf_counter
from typing import TYPE_CHECKING, Final

from thpsh.cli.bench.emulated import COPIES, FAULTS, SIZE
from thpsh.cli.bench.measure import Sample

if TYPE_CHECKING:
    from collections.abc import Sequence

_PAGE: Final = 4096
_VALUE: Final = 0x5A


def possible() -> bool:
    """Is this a Linux with enough free memory for the twins?"""
    if not hasattr(mmap, "MADV_NOHUGEPAGE"):
        return False
    with open("/proc/meminfo", encoding="ascii") as meminfo:
        free = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in meminfo}
    return free.get("MemAvailable", 0) > SIZE * 3 // 2


def _map() -> mmap.mmap:
    memory = mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    return memory


def _memset(memory: mmap.mmap) -> tuple[float, int]:
    """Write to all of it; seconds and minor faults."""
    view = ctypes.c_char.from_buffer(memory)
    address = ctypes.addressof(view)
    before = _minor_faults()
    begin = perf_counter()
    ctypes.memset(address, _VALUE, SIZE)
    spent = perf_counter() - begin
    return spent, _minor_faults() - before


def _minor_faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def _write(memory: mmap.mmap, places: Sequence[int]) -> tuple[float, int]:
    """Write one byte at each place; seconds and minor faults."""
    before = _minor_faults()
    begin = perf_counter()
    for place in places:
        memory[place] = _VALUE
    spent = perf_counter() - begin
    return spent, _minor_faults() - before


def _warm(places: Sequence[int]) -> None:
    """Let a forked child copy the interpreter's own pages (lists, counts of references) before anything is measured."""
    with mmap.mmap(-1, _PAGE) as page:
        _write(page, [place % _PAGE for place in places])


def _places(count: int) -> list[int]:
    places = [page * _PAGE for page in range(SIZE // _PAGE)]
    random.Random(1).shuffle(places)
    return places[:count]


def _difference(first: tuple[float, int], second: tuple[float, int]) -> Sample:
    """What the first pass took beyond the second, which faulted nowhere."""
    return Sample(first[0] - second[0], first[1] - second[1])


def first_touch() -> Sample:
    """A memset of 3 GiB minus a second memset of them."""
    with _map() as memory:
        return _difference(_memset(memory), _memset(memory))


def unmap() -> Sample:
    """Munmap of 3 GiB of small pages."""
    memory = _map()
    _memset(memory)
    begin = perf_counter()
    memory.close()
    return Sample(perf_counter() - begin)


def fork_it() -> Sample:
    """Fork with 3 GiB of small pages, as the parent sees it."""
    with _map() as memory:
        _memset(memory)
        begin = perf_counter()
        child = os.fork()
        if not child:
            os._exit(0)
        spent = perf_counter() - begin
        os.waitpid(child, 0)
        return Sample(spent)


def random_faults() -> Sample:
    """200,000 first writes over a shuffled list, minus the same over touched pages."""
    places = _places(FAULTS)
    with _map() as memory:
        return _difference(_write(memory, places), _write(memory, places))


def copy_on_write() -> Sample:
    """A forked child writes to 10 % of the pages over a shuffled list, minus the same again."""
    places = _places(COPIES)
    with _map() as memory:
        _memset(memory)
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            _warm(places)
            found = _difference(_write(memory, places), _write(memory, places))
            os.write(writer, struct.pack("dq", found.value, found.faults or 0))
            os._exit(0)
        os.close(writer)
        with open(reader, "rb") as answers:
            seconds, faults = struct.unpack("dq", answers.read())
        os.waitpid(child, 0)
        return Sample(seconds, faults)
