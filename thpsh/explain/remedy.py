"""Remedies: lines that would make a range huge, each tried before it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.record import record
from thpsh.structs.page import HPAGE_MASK, HPAGE_SIZE
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from thpsh.explain.check import Check
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

_OF_THE_PROGRAM: Final = ("heap", "stack")
_THP: Final = "/sys/kernel/mm/transparent_hugepage"
_NO_HELP: Final = {
    "mapped": "nothing is mapped there: mmap comes first",
    "exists": "this host has no huge pages: its processor or its build lacks them",
    "hugetlb": "memory of the hugetlbfs pool is huge in its own way",
    "fits": "no area covers all of these 2 MiB, and only whole ranges of one area can be huge",
    "ops": "files and shared memory have no huge pages in this kernel, only anonymous memory has",
}


@record(frozen=True)
class Outcome:
    """What trying a remedy did."""

    huge: bool
    nanoseconds: int = 0  # simulated time
    pages: int = 0  # free pages it used
    clean: bool = False  # no line failed


@record(frozen=True)
class Remedy:
    """Lines that made the range huge when they were tried."""

    lines: tuple[str, ...]
    outcome: Outcome
    loses: bool = False  # what the memory held is lost


@record(frozen=True)
class Plan:
    """Lines that could do away with the conditions that say no, in the order in which one would type them."""

    keeping: tuple[str, ...]
    losing: tuple[str, ...]  # as well, but the memory is unmapped on the way


def plan(task: Task, place: str, address: int, failing: Iterable[Check]) -> Plan:
    """What might help, by the conditions that fail; whether it does is to be tried."""
    base = place_of_base(place, address)
    wanted = {check.id for check in failing}
    mm = task.mm
    group = mm.memcg if mm is not None else None
    vma = mm.vma_at(address) if mm is not None else None
    name = task.name
    table: list[tuple[tuple[str, ...], str]] = [
        (("enabled", "advice", "running", "registered"), f"echo always > {_THP}/enabled"),
        (("none",), f"echo 511 > {_THP}/khugepaged/max_ptes_none"),
        (("defrag",), f"echo always > {_THP}/defrag"),
        (("charge",), _raise_limit(group)),
        (("alloc", "suitable", "deferred"), "echo 1 > /proc/sys/vm/drop_caches"),
        (("alloc", "suitable", "deferred", "defrag"), "compact"),
        (("writable",), f"mprotect {name} {base} 2M rw" if vma is not None and not vma.flags & Vm.WRITE else ""),
        (("count",), f"unpin {name}" if task.pins else ""),
        (("enabled", "advice", "registered"), f"madvise {name} {base} 2M hugepage"),
        *((("registered",), line) for line in _register(task, vma, wanted)),
        (("count", "writable", "present", "young"), f"touch {name} {base} 2M"),
        (("table",), "" if "pmd" in wanted else f"touch {name} {base} 4K"),
        (("lru", "count", "writable", "present"), "drain"),
        (("pmd", "registered"), "tick 11s"),
        (("pmd", "registered"), "wait_khugepaged 2"),
    ]
    keeping = tuple(line for ids, line in table if line and wanted & set(ids))
    again = (
        f"munmap {name} {base} 2M",
        f"mmap {name} {_unused(task, 'again')} 2M --at {address & HPAGE_MASK:#x}",
        f"touch {name} {address & HPAGE_MASK:#x} 4K",
    )
    first = tuple(line for line in keeping if line.startswith(("echo", "compact")))
    return Plan(keeping, (*first, *again) if wanted & {"pmd", "fits"} and _replaceable(task, address) else ())


def _replaceable(task: Task, address: int) -> bool:
    """Is all that lies in the range anonymous memory of `mmap`: no program, heap, stack or file?"""
    base = address & HPAGE_MASK
    inside = [vma for vma in task.mm.vmas if vma.start < base + HPAGE_SIZE and vma.end > base] if task.mm else []
    own = [each for name, each in task.regions.items() if name in _OF_THE_PROGRAM]
    return all(not vma.has_ops and vma.file is None for vma in inside) and not any(
        each.start < base + HPAGE_SIZE and each.end > base for each in own
    )


def place_of_base(place: str, address: int) -> str:
    """The start of the range as one would type it."""
    offset = address & ~HPAGE_MASK
    return place if not offset else f"{address & HPAGE_MASK:#x}"


def no_help(failing: Iterable[Check]) -> str:
    """Why nothing would help, if one of the conditions that fail says so."""
    return next((_NO_HELP[check.id] for check in failing if check.id in _NO_HELP), "")


def _register(task: Task, vma: Vma | None, wanted: set[str]) -> tuple[str, ...]:
    """A huge fault elsewhere: registers a process whose advice did not, or cannot be given again."""
    if vma is None or not ("advice" in wanted or vma.flags & (Vm.HUGEPAGE | Vm.NOHUGEPAGE)):
        return ()
    place = f"{task.name} {_unused(task, 'other')}"
    return (f"mmap {place} 2M", f"madvise {place} 2M hugepage", f"touch {place} 4K")


def _unused(task: Task, name: str) -> str:
    """A name that no region of a process has."""
    names = (name, *(f"{name}{number}" for number in range(2, len(task.regions) + 3)))
    return next(each for each in names if each not in task.regions)


def _raise_limit(group: MemCgroup | None) -> str:
    if group is None or group.parent is None:
        return ""
    limit = (group.res.limit >> 20) + 4
    return f"echo {limit}M > /cgroup{group.path}/memory.limit_in_bytes"


def find_remedies(what: Plan, attempt: Callable[[tuple[str, ...]], Outcome]) -> list[Remedy]:
    """The plan without every line that is not needed; in two ways, if there are two.

    Only if nothing keeps what the memory holds, losing it is considered.
    """
    for lines, loses in ((what.keeping, False), (what.losing, True)):
        if not lines or not attempt(lines).huge:
            continue
        found: dict[tuple[str, ...], Remedy] = {}
        for places in (range(len(lines)), range(len(lines) - 1, -1, -1)):
            kept = _without_needless(lines, places, attempt)
            outcome = attempt(kept)
            if outcome.huge and outcome.clean:
                found[kept] = Remedy(kept, outcome, loses)
        ranked = sorted(found.values(), key=lambda each: (len(each.lines), each.outcome.nanoseconds))
        return [each for place, each in enumerate(ranked) if not any(_same(each, other) for other in ranked[:place])]
    return []


def _same(one: Remedy, other: Remedy) -> bool:
    """Do two remedies differ only in how they wait for khugepaged?"""
    acts = [[line for line in each.lines if not line.startswith(("tick ", "wait_"))] for each in (one, other)]
    return acts[0] == acts[1]


def _without_needless(
    lines: tuple[str, ...], places: Iterable[int], attempt: Callable[[tuple[str, ...]], Outcome]
) -> tuple[str, ...]:
    """Lines of which none can be left out; `places` is the order in which that is tried."""
    kept = dict(enumerate(lines))
    for place in places:
        rest = {key: line for key, line in kept.items() if key != place}
        if rest and attempt(tuple(rest.values())).huge:
            kept = rest
    return tuple(kept.values())
