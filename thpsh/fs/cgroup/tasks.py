"""Files of every cgroup, whatever its controller: tasks, cgroup.procs and the like (kernel/cgroup.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.cgroup.cftype import cftype, group_of, has_memcg, written_number
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.cgroup import cgroup_tasks
from thpsh.mm.memcg_attach import cgroup_attach

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup

_LONGEST_PATH: Final = 4096


def _show_tasks(kernel: Kernel, memcg: MemCgroup) -> str:
    return "".join(f"{task.pid}\n" for task in cgroup_tasks(kernel, memcg))


def _store_tasks(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    pid = written_number(text)
    if pid == 0:
        raise KernelError(Errno.ESRCH, "0 means the writer, but this shell is no process of the emulated host")
    task = kernel.tasks.get(pid)
    if task is None or task.dead:
        raise KernelError(Errno.ESRCH, f"there is no process {pid}")
    cgroup_attach(kernel, memcg, task)


def _store_notify(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    value = written_number(text)
    kernel.own(memcg)
    memcg.notify_on_release = value != 0


def _store_clone_children(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    value = written_number(text)
    kernel.own(memcg)
    memcg.clone_children = value != 0


def _store_event_control(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    del kernel, memcg, text
    raise KernelError(Errno.EINVAL, "expected an eventfd and an open file: processes here have neither")


def _show_release_agent(place: Place) -> str:
    return f"{group_of(place).release_agent}\n"


def _store_release_agent(place: Place, text: str) -> int:
    if len(text) >= _LONGEST_PATH:
        raise KernelError(Errno.E2BIG, f"expected at most {_LONGEST_PATH - 1} bytes")
    memcg = group_of(place)
    place.kernel.own(memcg)
    memcg.release_agent = text.strip()
    return len(text)


FILES: Final = (
    cftype("tasks", _show_tasks, _store_tasks),
    cftype("cgroup.procs", _show_tasks, _store_tasks),
    cftype("notify_on_release", lambda _, memcg: f"{memcg.notify_on_release:d}\n", _store_notify),
    cftype("cgroup.clone_children", lambda _, memcg: f"{memcg.clone_children:d}\n", _store_clone_children),
    cftype("cgroup.event_control", None, _store_event_control, mode=0o222),
    VFile("/cgroup/release_agent", _show_release_agent, _store_release_agent, 0o644, exists=has_memcg),
)
