"""The words of the contract (§2) that name things of a host: processes, regions, addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError, UsageError
from thpsh.structs.sizes import parse_size

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task

RESERVED: Final = ("stack", "heap")
ULONG: Final = (1 << 64) - 1
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.~]*")
_ADDRESS: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_.~]*|0x[0-9a-fA-F]{1,40}|[0-9]{1,40})((?:[-+][^-+]+)*)")
_OFFSET: Final = re.compile(r"([-+])([^-+]+)")


def check_name(word: str, what: str) -> str:
    """The word itself, if it can be the name of a process or region."""
    if not _NAME.fullmatch(word):
        raise UsageError(f"{word!r}: expected the name of a {what}: a letter, then letters, digits, _ or .")
    return word


def check_new(task: Task, word: str) -> str:
    """The word itself, if a new region of a process can have it as its name."""
    name = check_name(word, "region")
    if name in RESERVED:
        raise UsageError(f"{name!r}: exists by itself in every process; expected another name")
    if name in task.regions:
        raise UsageError(f"{name!r}: {task.name} has a region of that name; expected another name")
    return name


def _parts(word: str) -> tuple[str, int]:
    found = _ADDRESS.fullmatch(word)
    if not found:
        raise UsageError(f"{word!r}: expected an address like buf, buf+2M, buf-4K or 0x7f0000200000")
    offset = 0
    for sign, size in _OFFSET.findall(found[2]):
        offset += parse_size(size) if sign == "+" else -parse_size(size)
    return found[1], offset


def find_task(kernel: Kernel, word: str) -> Task:
    """The process of a name or pid, a living one if there is one; UsageError lists who is there."""
    found = [task for task in kernel.tasks.values() if word in (task.name, str(task.pid))]
    for task in reversed(found):
        if not task.dead:
            return task
    if found:
        return found[-1]
    known = ", ".join(task.name for task in kernel.tasks.values() if task.mm is not None or task.dead)
    raise UsageError(f"{word!r}: no such process; there are {known}")


def living_task(kernel: Kernel, word: str) -> Task:
    """A process that is alive; ESRCH for the dead."""
    task = find_task(kernel, word)
    if task.dead:
        how = f"was killed by {task.killed_by}" if task.killed_by else "has exited"
        raise KernelError(Errno.ESRCH, f"{task.name} {how}")
    return task


def mm_of(task: Task) -> Mm:
    """The address space of a process; ESRCH for kernel threads."""
    if task.mm is None:
        raise KernelError(Errno.ESRCH, f"{task.name} is a kernel thread and has no memory of its own")
    return task.mm


def region_of(task: Task, name: str) -> tuple[int, int]:
    """Start and end of a region; `heap` and `stack` exist by themselves."""
    region = task.regions.get(name)
    if region is not None:
        return region.start, region.end
    mm = mm_of(task)
    if name == "heap":
        return mm.start_brk, mm.brk
    if name == "stack":
        vma = mm.find_vma(mm.start_stack)
        if vma is not None:
            return vma.start, vma.end
    known = ", ".join([*task.regions, "heap", "stack"])
    raise UsageError(f"{name!r}: {task.name} has no such region; it has {known}")


def parse_address(task: Task, word: str) -> tuple[int, str]:
    """An address, and the region it was said in terms of (or nothing)."""
    base, offset = _parts(word)
    if base[0].isdigit():
        start, region = int(base, 0 if base.startswith("0x") else 10), ""
    else:
        start, region = region_of(task, base)[0], base
    address = start + offset
    if not 0 <= address <= ULONG:
        raise UsageError(f"{word!r}: outside the address space")
    return address, region


def parse_span(task: Task, word: str, length: str | None) -> tuple[int, int]:
    """Start and length of a range; without a length it is the rest of the region."""
    address, region = parse_address(task, word)
    if length is not None:
        size = parse_size(length)
        if size > ULONG:
            raise UsageError(f"{length!r}: more than 64 bits")
        return address, size
    if region:
        end = region_of(task, region)[1]
    else:
        ends = [each.end for each in task.regions.values() if each.start <= address < each.end]
        if not ends:
            raise UsageError(f"{word!r}: expected LEN after it, since it lies in no region")
        end = ends[0]
    if end <= address:
        raise UsageError(f"{word!r}: lies at or behind the end of its region; expected LEN after it")
    return address, end - address


def place_of(task: Task, address: int) -> str:
    """An address as a person would say it: buf+2M, else in hexadecimal."""
    from thpsh.structs.sizes import format_size

    for name, region in task.regions.items():
        if region.start <= address < region.end:
            return name if address == region.start else f"{name}+{format_size(address - region.start)}"
    return f"{address:#x}"
