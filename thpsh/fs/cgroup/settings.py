"""Switches of a group: swappiness, hierarchy, charges that move, the OOM killer (mm/memcontrol.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.cgroup.cftype import cftype, written_number
from thpsh.mm.cgroup import swappiness_of
from thpsh.mm.memcg_move import force_empty
from thpsh.mm.memcontrol import memcg_oom_recover

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup

_MOST_SWAPPY: Final = 100
_MOVE_TYPES: Final = 4  # NR_MOVE_TYPE bits: anonymous pages, file pages


def _below_hierarchy(memcg: MemCgroup) -> None:
    """EINVAL where a setting belongs to a whole hierarchy, and not to this group."""
    if memcg.parent is None:
        raise KernelError(Errno.EINVAL, "the root group has no such setting")
    if memcg.parent.use_hierarchy or (memcg.use_hierarchy and memcg.children):
        raise KernelError(Errno.EINVAL, f"{memcg.path} is part of a hierarchy: only its head can be set, while empty")


def _store_hierarchy(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    value = written_number(text)
    if (memcg.parent is not None and memcg.parent.use_hierarchy) or value > 1:
        raise KernelError(Errno.EINVAL, f"{value}: expected 0 or 1, and a group that is in no hierarchy yet")
    if memcg.children:
        raise KernelError(Errno.EBUSY, f"{memcg.path} has groups below it")
    kernel.own(memcg)
    memcg.use_hierarchy = bool(value)


def _store_swappiness(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    value = written_number(text)
    if value > _MOST_SWAPPY:
        raise KernelError(Errno.EINVAL, f"{value}: expected 0 to {_MOST_SWAPPY}")
    _below_hierarchy(memcg)
    kernel.own(memcg)
    memcg.swappiness = value


def _store_move_charge(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    value = written_number(text)
    if value >= _MOVE_TYPES:
        raise KernelError(Errno.EINVAL, f"{value}: expected 1 for anonymous pages, 2 for file pages, 3 or 0")
    kernel.own(memcg)
    memcg.move_charge = value


def _show_oom_control(kernel: Kernel, memcg: MemCgroup) -> str:
    del kernel
    return f"oom_kill_disable {memcg.oom_kill_disable:d}\nunder_oom {memcg.under_oom > 0:d}\n"


def _store_oom_control(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    value = written_number(text)
    if value > 1:
        raise KernelError(Errno.EINVAL, f"{value}: expected 0 or 1")
    _below_hierarchy(memcg)
    kernel.own(memcg)
    memcg.oom_kill_disable = bool(value)
    if not value:
        memcg_oom_recover(kernel, memcg)


def _force_empty(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    del text
    force_empty(kernel, memcg, reclaim=True)


FILES: Final = (
    cftype("memory.use_hierarchy", lambda _, memcg: f"{memcg.use_hierarchy:d}\n", _store_hierarchy),
    cftype("memory.swappiness", lambda kernel, memcg: f"{swappiness_of(kernel, memcg)}\n", _store_swappiness),
    cftype("memory.move_charge_at_immigrate", lambda _, memcg: f"{memcg.move_charge}\n", _store_move_charge),
    cftype("memory.oom_control", _show_oom_control, _store_oom_control),
    cftype("memory.force_empty", None, _force_empty),
)
