"""Are two kernels in the same state? Object by object, in step; the order of lists and dicts counts."""

from __future__ import annotations

from array import array
from collections import deque
from typing import Any

from thpsh.record import names_of
from thpsh.structs.kernel import Kernel


def differences(one: Kernel, other: Kernel) -> list[str]:
    """Where the states differ, as paths from the kernel.

    The trace and the journal of undo are left out, and in which epoch an object was last saved.
    """
    names = [name for name in names_of(Kernel) if name not in ("trace", "journal")]
    waiting = deque((getattr(one, name), getattr(other, name), name) for name in names)
    seen: set[tuple[int, int]] = set()
    found = []
    while waiting:
        a, b, path = waiting.popleft()
        if (id(a), id(b)) in seen:
            continue
        if type(a) is not type(b):
            found.append(f"{path}: {type(a).__name__}, {type(b).__name__}")
            continue
        parts = _parts(a, b)
        if parts is None:
            found += [f"{path}: {a!r}, {b!r}"] if a != b else []
        elif isinstance(parts, str):
            found.append(f"{path}: {parts}")
        else:
            seen.add((id(a), id(b)))
            waiting += [(x, y, f"{path}.{name}") for x, y, name in parts]
    return found


def _parts(a: Any, b: Any) -> list[tuple[Any, Any, str]] | str | None:
    """The parts of two objects in pairs; what differs where there cannot be pairs; None for what has no parts."""
    if hasattr(type(a), "__record_fields__"):
        return [(getattr(a, name), getattr(b, name), name) for name in names_of(type(a)) if name != "epoch"]
    if not isinstance(a, dict | list | tuple | set | frozenset | array):
        return None
    if len(a) != len(b):
        return f"{len(a)} parts, {len(b)} parts"
    if isinstance(a, dict):
        pairs = enumerate(zip(a.items(), b.items(), strict=True))
        return [(x[i], y[i], f"{number}{'kv'[i]}") for number, (x, y) in pairs for i in (0, 1)]
    left, right = (sorted(each) if isinstance(each, set | frozenset) else each for each in (a, b))
    return [(x, y, str(number)) for number, (x, y) in enumerate(zip(left, right, strict=True))]
