"""Operation scripts before they run: their lines, the knobs they write, the memory they want."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError
from thpsh.oracle.words import Refused, Words, size_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_WAKES: Final = "wake"  # writes a knob of khugepaged
_TOUCHING: Final = frozenset({"touch", "mlock", "pin", "fill"})
_POPULATING: Final = frozenset({"populate_read", "populate_write", "willneed", "22", "23"})


def read_script(text: str) -> list[str]:
    """The operations of a script: its lines without comments, empty ones and blanks around them."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def without_knobs(lines: Sequence[str]) -> list[str]:
    """What of a script changes no setting and waits for no daemon."""
    return [line for line in lines if line.split()[0] not in ("write", "wait_khugepaged", _WAKES)]


def knob_write(lines: list[str]) -> str | None:
    """The first operation that changes a setting of the host; None if there is none."""
    return next((line for line in lines if line.split()[0] in ("write", _WAKES)), None)


def memory_wanted(lines: list[str]) -> int:
    """Bytes that the processes of a script may hold at the same time, if nobody shares or ends: an upper bound."""
    mapped: dict[str, dict[str, int]] = {}
    wanted: dict[str, dict[str, int]] = {}
    for line in lines:
        try:
            _want(Words(line), mapped, wanted)
        except Refused:
            continue
    return sum(size for regions in wanted.values() for size in regions.values())


def _want(words: Words, mapped: dict[str, dict[str, int]], wanted: dict[str, dict[str, int]]) -> None:
    """Add what one operation may take: no more of a region than there is."""
    process = words[1] if len(words) > 1 else ""
    sizes, held = mapped.setdefault(process, {}), wanted.setdefault(process, {})
    if words.name == "fork":
        mapped[words[2]], wanted[words[2]] = dict(sizes), dict(held)
    elif words.name == "mmap":
        sizes[words[2]] = words.size(3)
    elif words.name == "mremap":
        name = words.option("to") or words[2].partition("+")[0]
        sizes[name] = max(sizes.get(name, 0), words.size(4))
    elif words.name == "mlockall":
        held.update(sizes)
    elif words.name in _TOUCHING or (words.name == "madvise" and words[4] in _POPULATING):
        name, _, offset = words[2].partition("+")
        end = size_of(offset or "0", "no such region") + words.size(3)
        held[name] = max(held.get(name, 0), min(end, sizes.get(name, 0)))


def check_memory(lines: list[str], available: int) -> None:
    """Refuse a script that may want more than half of the memory there is."""
    wanted = memory_wanted(lines)
    if wanted > available // 2:
        most = f"half of the {available >> 20} MiB available"
        raise UsageError(f"record: the script may touch {wanted >> 20} MiB; expected at most {most}")
