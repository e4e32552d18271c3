"""System calls on memory through the C library, with errors as `-EINVAL`."""

from __future__ import annotations

import ctypes
import errno
from functools import cache
from typing import Final

Address = ctypes.c_ulong
_SYSTEM: Final[dict[str, tuple[type[ctypes._SimpleCData[int]], ...]]] = {
    "mmap": (Address, Address, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long),
    "munmap": (Address, Address),
    "mprotect": (Address, Address, ctypes.c_int),
    "mremap": (Address, Address, Address, ctypes.c_int, Address),
    "madvise": (Address, Address, ctypes.c_int),
    "mlock": (Address, Address),
    "munlock": (Address, Address),
    "mlockall": (ctypes.c_int,),
    "munlockall": (),
    "mincore": (Address, Address, Address),
    "preadv": (ctypes.c_int, Address, ctypes.c_int, ctypes.c_long),
    "writev": (ctypes.c_int, Address, ctypes.c_int),
    "vmsplice": (ctypes.c_int, Address, ctypes.c_ulong, ctypes.c_uint),
}


class Failed(Exception):
    """A system call failed; the text is the error's name."""

    def __init__(self, number: int) -> None:
        super().__init__(errno.errorcode.get(number, f"E{number}"))
        self.number = number


@cache
def _library() -> ctypes.CDLL:
    """The C library with the types of what is called."""
    library = ctypes.CDLL(None, use_errno=True)
    for name, types in _SYSTEM.items():
        function = getattr(library, name)
        function.argtypes = list(types)
        function.restype = ctypes.c_long if name in ("mmap", "mremap", "preadv", "writev", "vmsplice") else ctypes.c_int
    library.memmove.argtypes = [Address, Address, ctypes.c_size_t]
    return library


def call(name: str, *arguments: int) -> int:
    """Do a system call; its result, or Failed."""
    found: int = getattr(_library(), name)(*arguments)
    if found == -1:
        raise Failed(ctypes.get_errno())
    return found


def rewrite(address: int) -> None:
    """Write the byte at an address to itself: a copied-on-write page becomes this process' own."""
    _library().memmove(address, address, 1)
