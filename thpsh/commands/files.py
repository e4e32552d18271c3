"""Regular files that processes map, named at mmap."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from thpsh.errors import KernelError, UsageError
from thpsh.structs.page_cache import AddressSpace, File, FileKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.structs.kernel import Kernel


@contextmanager
def file_named(kernel: Kernel, name: str, size: int) -> Iterator[File]:
    """The file of a name, made or grown to hold so many bytes; as it was before if it cannot be mapped."""
    path = _path(name)
    known = kernel.tables.files.get(path)
    length = known.length if known is not None else 0
    file = _grown(kernel, path, size)
    try:
        yield file
    except (KernelError, UsageError):
        file.length = length
        if known is None:
            del kernel.tables.files[path]
            kernel.totals.next_inode -= 1
        raise


def _path(name: str) -> str:
    path = name if name.startswith("/") else f"/{name}"
    if any(char in path for char in " \t\n") or path.startswith(("/proc/", "/sys/")):
        raise UsageError(f"--file {name}: expected the name of a regular file")
    return path


def _grown(kernel: Kernel, path: str, size: int) -> File:
    file = kernel.tables.files.get(path)
    if file is None:
        kernel.own(kernel.tables)
        kernel.own(kernel.totals)
        mapping = AddressSpace(swap_backed=False, epoch=kernel.journal.epoch)
        file = File(path, FileKind.REGULAR, "08:01", kernel.totals.next_inode, mapping, epoch=kernel.journal.epoch)
        kernel.totals.next_inode += 1
        kernel.tables.files[path] = file
    kernel.own(file)
    file.length = max(file.length, size)
    return file
