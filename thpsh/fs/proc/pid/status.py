"""/proc/PID/status, statm, stat, cmdline, comm (fs/proc/array.c, task_mmu.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.cpu_mask import cpu_list, mask_words
from thpsh.fs.proc.pid.process import mm_of, task_of
from thpsh.fs.vfile import Place, VFile
from thpsh.structs.page import PAGE_SHIFT, PAGE_SIZE

if TYPE_CHECKING:
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task

_ULONG: Final = (1 << 64) - 1
_NO_CAPS: Final = "0" * 16
_ALL_CAPS: Final = "f" * 16
_PENDING_SHARE: Final = 32  # of all pages: RLIMIT_SIGPENDING
_MAX_NODES: Final = 64
_CLOCK_TICK: Final = 10**7
_FLAGS: Final = 0x402100  # forked without exec, random memory, …: as recorded
_KTHREAD_FLAGS: Final = 0x80200040


def text_pages(mm: Mm) -> int:
    """Pages of program code (VmExe)."""
    return ((mm.end_code + PAGE_SIZE - 1) & -PAGE_SIZE) - (mm.start_code & -PAGE_SIZE) >> PAGE_SHIFT


def _memory(mm: Mm) -> list[str]:
    """The Vm lines; VmLib of a program without libraries wraps, as in the kernel."""
    text = text_pages(mm)
    rows = (
        ("VmPeak", max(mm.hiwater_vm, mm.total_vm) * 4),
        ("VmSize", (mm.total_vm - mm.reserved_vm) * 4),
        ("VmLck", mm.locked_vm * 4),
        ("VmHWM", max(mm.hiwater_rss, mm.seen_rss) * 4),
        ("VmRSS", mm.seen_rss * 4),
        ("VmData", (mm.total_vm - mm.shared_vm - mm.stack_vm) * 4),
        ("VmStk", mm.stack_vm * 4),
        ("VmExe", text * 4),
        ("VmLib", (mm.exec_vm - text) * 4 & _ULONG),
        ("VmPTE", mm.nr_ptes * 4),
        ("VmSwap", mm.seen_swap_ents * 4),
    )
    return [f"{name}:\t{number:8d} kB" for name, number in rows]


def _status(place: Place) -> str:
    kernel, task = place.kernel, task_of(place)
    nodes = tuple(node.nid for node in kernel.nodes)
    cpus = tuple(cpu.number for cpu in kernel.cpus)
    caught = "0000000000000441" if task.mm is not None else _NO_CAPS
    ignored = "0000000000001002" if task.mm is not None else "ffffffffffffffff"
    lines = [
        f"Name:\t{task.name[:15]}",
        f"State:\t{task.state.value}",
        f"Tgid:\t{task.pid}",
        f"Pid:\t{task.pid}",
        f"PPid:\t{task.parent}",
        "TracerPid:\t0",
        "Uid:\t0\t0\t0\t0",
        "Gid:\t0\t0\t0\t0",
        "FDSize:\t64",
        "Groups:\t",
        *(_memory(task.mm) if task.mm is not None else []),
        "Threads:\t1",
        f"SigQ:\t0/{kernel.totals.total_pages // _PENDING_SHARE}",
        *(f"{name}:\t{_NO_CAPS}" for name in ("SigPnd", "ShdPnd", "SigBlk")),
        f"SigIgn:\t{ignored}",
        f"SigCgt:\t{caught}",
        f"CapInh:\t{_NO_CAPS}",
        *(f"{name}:\t{_ALL_CAPS}" for name in ("CapPrm", "CapEff", "CapBnd")),
        f"Cpus_allowed:\t{mask_words(cpus, len(cpus))}",
        f"Cpus_allowed_list:\t{cpu_list(cpus)}",
        f"Mems_allowed:\t{mask_words(nodes, _MAX_NODES)}",
        f"Mems_allowed_list:\t{cpu_list(nodes)}",
        "voluntary_ctxt_switches:\t0",
        "nonvoluntary_ctxt_switches:\t0",
    ]
    return "\n".join(lines) + "\n"


def _statm(place: Place) -> str:
    mm = mm_of(place)
    if mm is None:
        return "0 0 0 0 0 0 0\n"
    return f"{mm.total_vm} {mm.seen_rss} {mm.seen_file_rss} {text_pages(mm)} 0 {mm.total_vm - mm.shared_vm} 0\n"


def _stat(place: Place) -> str:
    task = task_of(place)
    mm = task.mm
    size, rss = (mm.total_vm << PAGE_SHIFT, mm.seen_rss) if mm is not None else (0, 0)
    addresses = (mm.start_code, mm.end_code, mm.start_stack) if mm is not None else (0, 0, 0)
    numbers = (
        task.parent, 0, 0, 0, -1, _FLAGS if mm is not None else _KTHREAD_FLAGS,
        task.min_flt, 0, task.maj_flt, 0, 0, 0, 0, 0,
        20 + task.nice, task.nice, 1, 0, task.start_ns // _CLOCK_TICK, size, rss, _ULONG, *addresses, 0, 0, 0, 0,
        4098 if mm is not None else 0x7FFFFFFF, 1089 if mm is not None else 0, 0, 0, 0, 17, task.cpu, 0, 0, 0, 0, 0,
    )  # fmt: skip
    return f"{task.pid} ({task.name[:15]}) {task.state.letter} {' '.join(str(number) for number in numbers)}\n"


def _comm(place: Place) -> str:
    return f"{task_of(place).name[:15]}\n"


def _store_comm(place: Place, _text: str) -> int:
    """A process may only name itself, and none of them runs the shell (comm_write)."""
    raise KernelError(Errno.EINVAL, f"only {task_of(place).name} itself can change its name")


def _command_line(place: Place) -> str:
    return _words(task_of(place))


def _words(task: Task) -> str:
    return f"{task.command or task.name}\x00" if task.mm is not None else ""


FILES = (
    VFile("/proc/PID/status", _status),
    VFile("/proc/PID/statm", _statm),
    VFile("/proc/PID/stat", _stat),
    VFile("/proc/PID/comm", _comm, _store_comm, 0o644),
    VFile("/proc/PID/cmdline", _command_line),
)
