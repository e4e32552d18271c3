"""Regular files that processes map, named at mmap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import UsageError
from thpsh.structs.page_cache import AddressSpace, File, FileKind

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel


def file_named(kernel: Kernel, name: str, size: int) -> File:
    """The file of a name; a regular one is made, or grows, to hold so many bytes."""
    path = name if name.startswith("/") else f"/{name}"
    if any(char in path for char in " \t\n") or path.startswith(("/proc/", "/sys/")):
        raise UsageError(f"--file {name}: expected the name of a regular file")
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
