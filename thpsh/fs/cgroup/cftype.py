"""How a file of a cgroup is read and written (kernel/cgroup.c: cgroup_file_read, cgroup_file_write)."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError, ModelBug
from thpsh.fs.vfile import Place, VFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup

_LONGEST: Final = 63  # bytes of a number written (CGROUP_LOCAL_BUFFER_SIZE, its end marker left out)
_LONGEST_STRING: Final = 62
_ULONGLONG: Final = 1 << 64
_SPACES: Final = " \t\n\v\f\r\xa0"
_DIGITS: Final = {16: re.compile("[0-9a-fA-F]*"), 10: re.compile("[0-9]*"), 8: re.compile("[0-7]*")}


def group_of(place: Place) -> MemCgroup:
    """The group whose file it is."""
    if place.memcg is None:
        raise ModelBug("a cgroup file outside a cgroup")
    return place.memcg


def simple_strtoull(text: str, base: int = 0) -> tuple[int, str]:
    """The number that a text begins with, 0 where there is none, and what follows it; wraps at 64 bits."""
    if base == 0:
        base = 10
        if text[:1] == "0":
            base = 16 if re.match("0[xX][0-9a-fA-F]", text) else 8
    start = 2 if base == 16 and text[:2].lower() == "0x" else 0
    digits = _DIGITS[base].match(text, start)
    word = digits[0] if digits else ""
    return (int(word, base) % _ULONGLONG if word else 0), text[start + len(word) :]


def written(text: str, longest: int = _LONGEST_STRING) -> str:
    """What a write hands to a file, without the blanks around it; E2BIG if it is too long (cgroup_write_string)."""
    if len(text) > longest:
        raise KernelError(Errno.E2BIG, f"expected at most {longest} bytes")
    return text.partition("\0")[0].strip(_SPACES)


def written_number(text: str) -> int:
    """A number as files without a syntax of their own read it (cgroup_write_X64).

    A write of no bytes is EINVAL, one of blanks is 0.
    """
    if not text:
        raise KernelError(Errno.EINVAL, "an empty write is no number")
    word = written(text, _LONGEST)
    number, rest = simple_strtoull(word)
    if rest:
        raise KernelError(Errno.EINVAL, f"{word!r}: expected a number")
    return number


def has_memcg(kernel: Kernel) -> bool:
    """Was the memory controller built in?"""
    return kernel.build.memcg


def _show(show: Callable[[Kernel, MemCgroup], str], place: Place) -> str:
    return show(place.kernel, group_of(place))


def _store(store: Callable[[Kernel, MemCgroup, str], None], place: Place, text: str) -> int:
    store(place.kernel, group_of(place), text)
    return len(text)


def _unreadable(place: Place) -> str:
    del place
    raise KernelError(Errno.EINVAL, "this file is only written")


def cftype(
    name: str,
    show: Callable[[Kernel, MemCgroup], str] | None,
    store: Callable[[Kernel, MemCgroup, str], None] | None = None,
    *,
    mode: int | Callable[[Kernel], int] | None = None,
    exists: Callable[[Kernel], bool] = has_memcg,
) -> VFile:
    """A file that every group has."""
    if mode is None:
        mode = (0o444 if show else 0) | (0o200 if store else 0)
    return VFile(
        f"/cgroup/CGROUP/{name}",
        partial(_show, show) if show else _unreadable,
        partial(_store, store) if store else None,
        mode,
        exists=exists,
    )
