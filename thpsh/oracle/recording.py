"""Reads the recording of a case: JSON with one object for each operation (README of the recordings)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from thpsh.errors import UsageError
from thpsh.oracle.numa_view import COUNTED, told
from thpsh.oracle.outcome import RESULTS, SMAPS, Outcome, RegionView, VmaView
from thpsh.record import field, record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from thpsh.oracle.outcome import Place

NOT_LOOKED: Final = ("/scan_sleep_millisecs", "hugepage/enabled")
"""A write to one of these wakes khugepaged: what it does then belongs to the next operation."""

_MOST_NODES: Final = 8  # that the recorder counts
SCANS: Final = "some"  # the value of a counter that counts scans, not events


@record(frozen=True)
class Operation:
    """One operation and what the real kernel did."""

    index: int
    line: str
    expected: Outcome
    noisy: frozenset[str] = frozenset()  # what differed from run to run, by name
    skipped: str = ""  # why the recorder left it out

    @property
    def words(self) -> list[str]:
        """The words of the line."""
        return self.line.split()

    @property
    def looked(self) -> bool:
        """Did the recorder look at the host after it?"""
        return self.expected.regions is not None


@record(frozen=True)
class Recording:
    """One case as a real kernel ran it."""

    name: str  # of the file
    case: str
    kernel: str
    operations: tuple[Operation, ...]
    memory: int | None = None  # bytes of RAM of the machine, where the recording says it
    nodes: int | None = None
    cpus: int | None = None
    knobs: Mapping[str, str] = field(default_factory=dict)  # THP settings at the start, by file name


class _Malformed(Exception):
    """What is wrong at some place of the file."""


def read_recording(name: str, text: str) -> Recording:
    """Read a recording; UsageError names the file, the operation and what was expected."""
    place = ""
    try:
        head = _load(text)
        machine = _object(head.get("machine") or {}, "machine")
        expander = _Expander()
        operations = []
        for index, item in enumerate(_list(head.get("ops"), "ops")):
            place = f"op {index}: "
            operations.append(_operation(index, _object(item, "operation"), expander, _noisy(head, index)))
        place = ""
        return Recording(
            name,
            _text(head.get("case", name), "case"),
            _text(head.get("kernel"), "kernel"),
            tuple(operations),
            _memory(machine),
            _optional_count(machine, "nodes"),
            _optional_count(machine, "cpus"),
            {name: _text(value, name) for name, value in _object(head.get("knobs") or {}, "knobs").items()},
        )
    except _Malformed as problem:
        raise UsageError(f"{name}: {place}{problem}") from None


def _load(text: str) -> dict[str, Any]:
    try:
        return _object(json.loads(text), "recording")
    except json.JSONDecodeError as error:
        raise _Malformed(f"line {error.lineno}, column {error.colno}: no JSON: {error.msg}") from None
    except (RecursionError, ValueError):
        raise _Malformed("no JSON that can be read: too deep, or a number too long") from None


def _memory(machine: Mapping[str, Any]) -> int | None:
    """The RAM of the machine: MemTotal, and what its kernel took while it booted."""
    total = _optional_count(machine, "MemTotal_kB")
    if total is None:
        return None
    step = 1 << (total // 8).bit_length()
    return -(-total // step) * step * 1024


def _noisy(head: Mapping[str, Any], index: int) -> frozenset[str]:
    """What the recording says of an operation that its runs did not agree on."""
    names = set()
    for group in ("noisy", "differences"):
        for item in _list(head.get(group) or [], group):
            mark = _object(item, group)
            if mark.get("op") == index:
                names.add(_text(mark.get("key"), f"key of {group}"))
    return frozenset(names)


class _Expander:
    """Recordings print a region only when it changed: this gives every operation all of them."""

    def __init__(self) -> None:
        self.regions: dict[Place, RegionView] = {}

    def after(self, item: Mapping[str, Any], line: str) -> dict[Place, RegionView]:
        """The regions of all living processes after an operation."""
        for raw in _list(item.get("maps") or [], "maps"):
            region = _object(raw, "region")
            place = (_text(region.get("proc"), "proc"), _text(region.get("region"), "region"))
            try:
                self.regions[place] = _region(region)
            except _Malformed as problem:
                raise _Malformed(f"{place[0]}/{place[1]}: {problem}") from None
        gone = {_text(name, "died") for name in _list(item.get("died") or [], "died")}
        words = line.split()
        if len(words) > 1 and (item.get("ret") == "KILLED" or words[0] == "exit"):
            gone.add(words[1])
        self.regions = {place: view for place, view in self.regions.items() if place[0] not in gone}
        return dict(self.regions)


def _operation(index: int, item: Mapping[str, Any], expander: _Expander, noisy: frozenset[str]) -> Operation:
    line = _text(item.get("op"), "op").strip()
    if not line:
        raise _Malformed("the operation has no words")
    words = line.split()
    if "skipped" in item:
        return Operation(index, line, Outcome(), skipped=_text(item["skipped"], "skipped"))
    regions = expander.after(item, line)
    quiet = words[0] == "write" and len(words) > 1 and any(part in words[1] for part in NOT_LOOKED)
    minflt = _optional_count(item, "minflt")
    expected = Outcome(
        ret=_ret(item.get("ret")),
        results={key: item[key] for key in RESULTS if key in item},
        minflt=minflt,
        majflt=_optional_count(item, "majflt") or 0 if minflt is not None else None,
        counters=_counters(_object(item.get("vmstat") or {}, "vmstat")),
        regions=None if quiet else regions,
        numastat=_numastat(item) if words[0] in COUNTED else None,
    )
    ranges = _object(item.get("vmstat_range") or {}, "vmstat_range")
    node_ranges = _object(item.get("numastat_range") or {}, "numastat_range")
    return Operation(index, line, expected, noisy | ranges.keys() | node_ranges.keys())


def _ret(value: object) -> str:
    if type(value) is int:
        return str(value)
    if isinstance(value, str) and value:
        return value
    raise _Malformed(f"ret: expected 0 or a word like -EINVAL, found {value!r}")


def _counters(raw: Mapping[str, Any]) -> dict[str, int | str]:
    found: dict[str, int | str] = {}
    for name, value in raw.items():
        if not compared(name):
            continue
        if type(value) is not int and value != SCANS:
            raise _Malformed(f"vmstat {name}: expected a number, found {value!r}")
        if value:
            found[name] = value
    return found


def _numastat(item: Mapping[str, Any]) -> dict[str, int] | None:
    """What the numastat files say, without what the recorder did itself; None on machines of one node."""
    if "numastat" not in item and "numastat_range" not in item:
        return None
    raw = _object(item.get("numastat") or {}, "numastat")
    return {name: _optional_count(raw, name) or 0 for name in raw if told(name)}


def compared(counter: str) -> bool:
    """Is it a counter of events that only the case can move?"""
    return counter.startswith("thp_") or counter == "pages_collapsed"


def _region(raw: Mapping[str, Any]) -> RegionView:
    slots = _text(raw.get("slots"), "slots")
    return RegionView(
        slots,
        _per_slot(raw, "n", slots),
        _per_slot(raw, "zero", slots),
        _per_slot(raw, "swap", slots),
        _per_slot(raw, "special", slots),
        tuple(_vmas(raw)),
        _optional_count(raw, "mod2M") or 0,
        _text(raw.get("nodes", ""), "nodes"),
        tuple(_per_slot(raw, f"node{nid}", slots) for nid in range(_MOST_NODES) if f"node{nid}" in raw),
    )


def _per_slot(raw: Mapping[str, Any], key: str, slots: str) -> tuple[int, ...]:
    """One number for each slot; what is all zero is not recorded."""
    if key not in raw and key != "n":
        return (0,) * len(slots)
    numbers = _list(raw.get(key), key)
    if len(numbers) != len(slots) or any(type(number) is not int for number in numbers):
        raise _Malformed(f"{key}: expected {len(slots)} numbers, one for each of the slots {slots!r}, found {numbers}")
    return tuple(numbers)


def _vmas(raw: Mapping[str, Any]) -> Iterator[VmaView]:
    for item in _list(raw.get("vmas"), "vmas"):
        vma = _object(item, "vma")
        offset = vma.get("off")
        if type(offset) is not int:
            raise _Malformed(f"off: expected a number, found {offset!r}")
        fields = {name: _optional_count(vma, name) or 0 for name in SMAPS if name in vma}
        yield VmaView(offset, _optional_count(vma, "kB") or 0, _text(vma.get("perms", ""), "perms"), fields)


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Malformed(f"{name}: expected an object, found {_kind(value)}")
    return value


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise _Malformed(f"{name}: expected a list, found {_kind(value)}")
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise _Malformed(f"{name}: expected text, found {_kind(value)}")
    return value


def _optional_count(raw: Mapping[str, Any], name: str) -> int | None:
    value = raw.get(name)
    if value is not None and (type(value) is not int or value < 0):
        raise _Malformed(f"{name}: expected a number, found {value!r}")
    return value


def _kind(value: object) -> str:
    """What something is, for a reader of JSON."""
    if value is None:
        return "nothing"
    return {dict: "an object", list: "a list", str: "text", bool: "true or false"}.get(type(value), "a number")
