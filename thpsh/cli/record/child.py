"""A recorded process: it waits for requests, does them to its own memory, and answers what came out.

It is an interpreter, so what that writes to (counts of references) is made its own before the first request, and
memory is touched by the kernel's copy to and from user space: a fault is taken and counted as any other, and what
would be a signal is EFAULT.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import json
import mmap
import os
import resource
import signal
import socket
from typing import TYPE_CHECKING, Any, Final, NoReturn

from thpsh.cli.record.libc import Failed, call, rewrite

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE: Final = 4096
BATCH: Final = 1024  # places that one system call touches
_VALUE: Final = b"\x5a"
_MOST_FILES: Final = 1024
_VECTOR: Final = 4096  # pages that mincore is asked for at once
_PIPES: Final = 8
_PIPE_BYTES: Final = 1 << 20
_POPULATE_READ: Final = 22  # Linux 5.14: without it, a page of the program may be a fault of a request
_ADDRESSES: Final = 1 << 64
_NO_HUGE_PAGES: Final = 15
_NON_BLOCKING: Final = 2  # SPLICE_F_NONBLOCK
_ANONYMOUS: Final = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
_FIXED: Final = 0x10
_RANGES: Final = frozenset({"mmap", "munmap", "mprotect", "mremap", "madvise", "mlock", "munlock"})
MESSAGE: Final = 1 << 16


class Child:
    """One recorded process, from inside."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self._places = (ctypes.c_ulong * (2 * BATCH))(*(1, 1) * BATCH)
        self._residents = (ctypes.c_ubyte * _VECTOR)()
        self._pins = Pins()
        self._requests: dict[str, Callable[..., dict[str, Any]]] = {
            "mmap": _map,
            "touch": self._touch,
            "mincore": self._mincore,
            "pin": self._pins.take,
            "unpin": self._pins.drop,
        }
        self.begin()
        self._own = _mappings()
        self.settle()

    def begin(self) -> None:
        """Leave everything that belongs to the recorder, and open what touches need."""
        gc.disable()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        keep = self.channel.fileno()
        os.closerange(3, keep)
        os.closerange(keep + 1, _MOST_FILES)
        self._source = os.memfd_create("touch")
        os.write(self._source, _VALUE * BATCH)
        self._drain, self._sink = os.pipe()
        self._drained = bytearray(BATCH)

    def settle(self) -> None:
        """Take the faults of the interpreter's own memory and program now; do once what is measured later."""
        for start, end, writable in self._own:
            for page in range(start, end if writable else start, PAGE):
                rewrite(page)
            if not writable:
                with contextlib.suppress(Failed):
                    call("madvise", start, end - start, _POPULATE_READ)
        page = call("mmap", 0, PAGE, mmap.PROT_READ | mmap.PROT_WRITE, _ANONYMOUS, -1, 0)
        for _ in range(2):
            for write in (True, False):
                self._measured("touch", [page, PAGE, write, PAGE])
            self._measured("mincore", [page, PAGE])
            self._measured("pin", [page, PAGE])
            self._measured("unpin", [])
            json.dumps(self._measured("madvise", [page, PAGE, mmap.MADV_NORMAL]))
        call("munmap", page, PAGE)

    def serve(self) -> NoReturn:
        """Answer requests until the recorder goes."""
        while request := self.channel.recv(MESSAGE):
            name, *arguments = json.loads(request)
            if name == "exit":
                os._exit(0)
            self.channel.send(json.dumps(self._answer(name, arguments)).encode())
        os._exit(0)

    def _answer(self, name: str, arguments: list[int]) -> dict[str, Any]:
        if name == "fork":
            return self._fork()
        if name in _RANGES and self._reaches_me(name, arguments):
            return {"skipped": "the range reaches into the recorder's own program"}
        return self._measured(name, arguments)

    def _measured(self, name: str, arguments: list[int]) -> dict[str, Any]:
        """Do a request; its faults are counted from just before to just after."""
        does = self._requests.get(name)
        before = resource.getrusage(resource.RUSAGE_SELF)
        try:
            found = does(*arguments) if does is not None else {"ret": call(name, *arguments)}
        except Failed as error:
            found = {"error": str(error)}
        after = resource.getrusage(resource.RUSAGE_SELF)
        found["minflt"] = after.ru_minflt - before.ru_minflt
        found["majflt"] = after.ru_majflt - before.ru_majflt
        return found

    def _reaches_me(self, name: str, arguments: list[int]) -> bool:
        start, length = arguments[:2]
        ranges = [(start, start + length)]
        if name == "mmap" and not start:
            return False
        if name == "mremap":
            wanted, to = arguments[2], arguments[4]
            ranges += [(start, start + wanted), (to, to + wanted if to else to)]
        ranges = [part for part in ranges if part[1] < _ADDRESSES]  # the kernel refuses what wraps
        return any(first < end and own < last for own, end, _ in self._own for first, last in ranges)

    def _fork(self) -> dict[str, Any]:
        """A child of one's own that serves at a channel of its own."""
        _, files, _, _ = socket.recv_fds(self.channel, 1, 1)
        pid = os.fork()
        if not pid:
            self.channel = socket.socket(fileno=files[0])
            self.begin()
            self._pins.forget()
            self.settle()
            self.serve()
        os.close(files[0])
        self.settle()
        return {"ret": pid, "minflt": 0, "majflt": 0}

    def _touch(self, address: int, length: int, write: bool, stride: int) -> dict[str, Any]:
        """One byte in each stride; where it would have been a signal."""
        touched = self._write_batch if write else self._read_batch
        end = address + length
        while address < end:
            count = 0
            place = address
            while place < end and count < BATCH:
                self._places[2 * count] = place
                place += stride
                count += 1
            if touched(count) < count:
                at = self._where(count, touched)
                if at is not None:
                    return {"at": at}
            address = place
        return {}

    def _where(self, count: int, touched: Callable[[int], int]) -> int | None:
        """Touch the places of a batch one by one; the first that cannot be."""
        places = [self._places[2 * index] for index in range(count)]
        for place in places:
            self._places[0] = place
            if not touched(1):
                return place
        return None

    def _write_batch(self, count: int) -> int:
        try:
            return call("preadv", self._source, ctypes.addressof(self._places), count, 0)
        except Failed:
            return 0

    def _read_batch(self, count: int) -> int:
        try:
            done = call("writev", self._sink, ctypes.addressof(self._places), count)
        except Failed:
            return 0
        os.readv(self._drain, [self._drained])
        return done

    def _mincore(self, address: int, length: int) -> dict[str, Any]:
        vector, resident = ctypes.addressof(self._residents), 0
        try:
            if address % PAGE or not length:
                call("mincore", address, length, vector)
            for first in range(0, length, _VECTOR * PAGE):
                part = min(_VECTOR * PAGE, length - first)
                call("mincore", address + first, part, vector)
                resident += sum(each & 1 for each in self._residents[: -(-part // PAGE)])
        except Failed as error:
            return {"error": str(error), "resident": resident}
        return {"resident": resident}


class Pins:
    """References on pages: they are spliced into pipes."""

    def __init__(self) -> None:
        self._pipes: list[tuple[int, int]] = []
        self._part = (ctypes.c_ulong * 2)()

    def take(self, address: int, length: int) -> dict[str, Any]:
        """A reference on each page of a range."""
        done = 0
        while done < length and len(self._pipes) < _PIPES:
            pipe = os.pipe()
            self._pipes.append(pipe)
            fcntl.fcntl(pipe[1], fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
            while done < length:
                self._part[0], self._part[1] = address + done, length - done
                try:
                    done += call("vmsplice", pipe[1], ctypes.addressof(self._part), 1, _NON_BLOCKING)
                except Failed as error:
                    if str(error) != "EAGAIN":
                        return {"error": str(error), "pinned": 0}
                    break
        return {"pinned": done // PAGE} if done >= length else {"error": "ENOSPC", "pinned": done // PAGE}

    def forget(self) -> None:
        """Those of a parent are not one's own: their files were closed with all others."""
        self._pipes = []

    def drop(self) -> dict[str, Any]:
        """Let go of all of them."""
        for pipe in self._pipes:
            os.close(pipe[0])
            os.close(pipe[1])
        self._pipes = []
        return {}


def _map(address: int, length: int, protection: int, kind: str) -> dict[str, Any]:
    flags, file = _ANONYMOUS, -1
    if kind == "shared":
        flags = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS
    elif kind in ("devzero", "file"):
        flags, file = mmap.MAP_PRIVATE, _backing(kind, length)
    try:
        return {"ret": call("mmap", address, length, protection, flags | (_FIXED if address else 0), file, 0)}
    finally:
        if file >= 0:
            os.close(file)


def keep_small() -> None:
    """Keep huge pages out of this process' own memory, and so out of its children's: they would be counted."""
    for start, end, writable in _mappings():
        if writable:
            with contextlib.suppress(Failed):
                call("madvise", start, end - start, _NO_HUGE_PAGES)


def _backing(kind: str, length: int) -> int:
    """The file of a private mapping: /dev/zero, or one in memory as long as the mapping."""
    if kind == "devzero":
        return os.open("/dev/zero", os.O_RDWR)
    file = os.memfd_create("thpsh-record")
    os.ftruncate(file, length)
    return file


def _mappings() -> list[tuple[int, int, bool]]:
    """Start, end, and whether it is private memory that can be written, of all mappings of this process."""
    found = []
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
        for line in file:
            bounds, perms = line.split()[:2]
            start, end = (int(each, 16) for each in bounds.split("-"))
            found.append((start, end, perms.startswith("rw") and perms.endswith("p")))
    return found
