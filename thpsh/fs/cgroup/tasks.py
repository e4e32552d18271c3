"""Files of every cgroup, whatever its controller: tasks, cgroup.procs and the like (kernel/cgroup.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.cgroup.cftype import cftype, group_of, has_memcg, simple_strtoull, written, written_number
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.cgroup import cgroup_tasks
from thpsh.mm.memcg_attach import cgroup_attach

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.task import Task

_LONGEST_PATH: Final = 4096
_PID_MASK: Final = (1 << 32) - 1
_UINT_MASK: Final = (1 << 32) - 1
_STDERR: Final = 2


def _show_tasks(kernel: Kernel, memcg: MemCgroup) -> str:
    return "".join(f"{task.pid}\n" for task in cgroup_tasks(kernel, memcg))


def _store_tasks(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    task = _task_written(kernel, text)
    if task.dead:
        raise KernelError(Errno.ESRCH, f"process {task.pid} has exited")
    cgroup_attach(kernel, memcg, task)


def _store_procs(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    """Move a whole process; one that has exited is passed over in silence (cgroup_attach_proc)."""
    if not kernel.features.cgroup_procs_writable:
        raise KernelError(Errno.EINVAL, "this kernel only shows cgroup.procs; `tasks` takes pids")
    task = _task_written(kernel, text)
    if not task.dead:
        cgroup_attach(kernel, memcg, task, whole=True)


def _task_written(kernel: Kernel, text: str) -> Task:
    """The process of a pid as it is written: a number of 64 bits, of which a pid_t keeps 32 (attach_task_by_pid)."""
    number = written_number(text)
    if number == 0:
        raise KernelError(Errno.ESRCH, "0 means the writer, but this shell is no process of the emulated host")
    pid = number & _PID_MASK
    task = kernel.tasks.get(pid)
    if task is None:
        raise KernelError(Errno.ESRCH, f"there is no process {pid}")
    return task


def _store_notify(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    value = written_number(text)
    kernel.own(memcg)
    memcg.notify_on_release = value != 0


def _store_clone_children(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    value = written_number(text)
    kernel.own(memcg)
    memcg.clone_children = value != 0


def _store_event_control(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    """An eventfd and a file of the group, by number: the writer has neither (cgroup_write_event_control)."""
    del kernel, memcg
    word = written(text)
    number, rest = simple_strtoull(word, 10)
    control = simple_strtoull(rest[1:], 10)[1]
    if rest[:1] != " " or control[:1] not in ("", " "):
        raise KernelError(Errno.EINVAL, f"{word!r}: expected an eventfd, a file of the group and what to wait for")
    descriptor = number & _UINT_MASK
    if descriptor <= _STDERR:
        raise KernelError(Errno.EINVAL, f"file descriptor {descriptor} is no eventfd")
    raise KernelError(Errno.EBADF, f"the writer has no file descriptor {descriptor}; no process here has an eventfd")


def _procs_mode(kernel: Kernel) -> int:
    return 0o644 if kernel.features.cgroup_procs_writable else 0o444


def _show_release_agent(place: Place) -> str:
    return f"{group_of(place).release_agent}\n"


def _store_release_agent(place: Place, text: str) -> int:
    path = written(text, _LONGEST_PATH - 1)
    memcg = group_of(place)
    place.kernel.own(memcg)
    memcg.release_agent = path
    return len(text)


FILES: Final = (
    cftype("tasks", _show_tasks, _store_tasks),
    cftype("cgroup.procs", _show_tasks, _store_procs, mode=_procs_mode),
    cftype("notify_on_release", lambda _, memcg: f"{memcg.notify_on_release:d}\n", _store_notify),
    cftype("cgroup.clone_children", lambda _, memcg: f"{memcg.clone_children:d}\n", _store_clone_children),
    cftype("cgroup.event_control", None, _store_event_control, mode=0o222),
    VFile("/cgroup/release_agent", _show_release_agent, _store_release_agent, 0o644, exists=has_memcg),
)
