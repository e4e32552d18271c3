"""/proc/PID/oom_score, oom_score_adj, oom_adj (fs/proc/base.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.kstrto import invalid, kstrtoint
from thpsh.fs.proc.pid.process import task_of
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.oom_kill import oom_badness

if TYPE_CHECKING:
    from thpsh.structs.task import Task

_ADJ_MAX: Final = 1000
_OLD_MIN: Final = -17
_OLD_MAX: Final = 15
_LONGEST: Final = 12  # bytes of a write that are looked at


def _divided(number: int, by: int) -> int:
    """Division as in C: towards 0."""
    return number // by if number >= 0 else -(-number // by)


def _alive(place: Place) -> Task:
    """The process, about to be changed; EINVAL if it has no memory."""
    task = task_of(place)
    if task.mm is None:
        raise KernelError(Errno.EINVAL, f"{task.name} has no memory of its own")
    place.kernel.own(task)
    return task


def _score(place: Place) -> str:
    return f"{oom_badness(place.kernel, task_of(place))}\n"


def _show_score_adj(place: Place) -> str:
    return f"{task_of(place).oom_score_adj}\n"


def _store_score_adj(place: Place, text: str) -> int:
    value = kstrtoint(text[:_LONGEST], 0)
    if not -_ADJ_MAX <= value <= _ADJ_MAX:
        raise invalid(text, f"{-_ADJ_MAX} to {_ADJ_MAX}")
    task = _alive(place)
    task.oom_score_adj = value
    task.oom_adj = _OLD_MIN if value == -_ADJ_MAX else _divided(value * _OLD_MAX, _ADJ_MAX)
    return min(len(text), _LONGEST)


def _show_adj(place: Place) -> str:
    return f"{task_of(place).oom_adj}\n"


def _store_adj(place: Place, text: str) -> int:
    value = kstrtoint(text[:_LONGEST], 0)
    if not _OLD_MIN <= value <= _OLD_MAX:
        raise invalid(text, f"{_OLD_MIN} to {_OLD_MAX}")
    task = _alive(place)
    task.oom_adj = value
    task.oom_score_adj = _ADJ_MAX if value == _OLD_MAX else _divided(value * _ADJ_MAX, -_OLD_MIN)
    return min(len(text), _LONGEST)


FILES = (
    VFile("/proc/PID/oom_score", _score),
    VFile("/proc/PID/oom_score_adj", _show_score_adj, _store_score_adj, 0o644),
    VFile("/proc/PID/oom_adj", _show_adj, _store_adj, 0o644),
)
