"""/proc/PID/oom_score, oom_score_adj, oom_adj (fs/proc/base.c)."""

from __future__ import annotations

import re
from typing import Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.proc.pid.process import task_of
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.oom_kill import oom_badness

_ADJ_MAX: Final = 1000
_OLD_MIN: Final = -17
_OLD_MAX: Final = 15
_NUMBER: Final = re.compile(r"\s*([-+]?(?:0[xX][0-9a-fA-F]+|[0-9]+))\s*")
_LONGEST: Final = 12  # bytes of a write that are looked at


def _number(text: str) -> int:
    """A number as kstrtoint with base 0 reads it, blanks around it stripped."""
    found = _NUMBER.fullmatch(text[:_LONGEST])
    if not found:
        raise KernelError(Errno.EINVAL, "expected a number")
    word = found[1].lower()
    sign = -1 if word[0] == "-" else 1
    digits = word.lstrip("+-")
    if digits.startswith("0x"):
        return sign * int(digits, 16)
    octal = len(digits) > 1 and digits[0] == "0"
    if octal and set(digits) & set("89"):
        raise KernelError(Errno.EINVAL, f"{word}: no octal number")
    return sign * int(digits, 8 if octal else 10)


def _score(place: Place) -> str:
    return f"{oom_badness(place.kernel, task_of(place))}\n"


def _show_score_adj(place: Place) -> str:
    return f"{task_of(place).oom_score_adj}\n"


def _store_score_adj(place: Place, text: str) -> int:
    task, value = task_of(place), _number(text)
    if not -_ADJ_MAX <= value <= _ADJ_MAX:
        raise KernelError(Errno.EINVAL, f"{value}: expected -1000 to 1000")
    place.kernel.own(task)
    task.oom_score_adj = value
    task.oom_adj = _OLD_MIN if value == -_ADJ_MAX else int(value * (_OLD_MAX if value > 0 else 17) / _ADJ_MAX)
    return len(text)


def _show_adj(place: Place) -> str:
    return f"{task_of(place).oom_adj}\n"


def _store_adj(place: Place, text: str) -> int:
    task, value = task_of(place), _number(text)
    if not _OLD_MIN <= value <= _OLD_MAX:
        raise KernelError(Errno.EINVAL, f"{value}: expected -17 to 15")
    place.kernel.own(task)
    task.oom_adj = value
    task.oom_score_adj = _ADJ_MAX if value == _OLD_MAX else int(value * _ADJ_MAX / 17)
    return len(text)


FILES = (
    VFile("/proc/PID/oom_score", _score),
    VFile("/proc/PID/oom_score_adj", _show_score_adj, _store_score_adj, 0o644),
    VFile("/proc/PID/oom_adj", _show_adj, _store_adj, 0o644),
)
