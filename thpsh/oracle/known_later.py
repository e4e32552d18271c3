"""What later kernels do otherwise than 3.0, and how a comparison with one of them shows it.

Each change has the release that brought it and a test on the differences of one operation. What else differs in an
operation that a change explains, and what differs later in the regions it left otherwise, follows from it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.oracle.words import Refused, size_of
from thpsh.record import record
from thpsh.structs.page import HPAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from thpsh.oracle.differ import Difference

_VERSION: Final = re.compile(r"(\d+)\.(\d+)")
_INT: Final = (1 << 32) - 1  # the kernel takes an advice as an int
_HINTS: Final = (14, 15)
_FILES: Final = frozenset({"read", "write", "pick"})
_SPLITTING: Final = frozenset({"munmap", "mprotect", "madvise", "mremap", "mlock", "munlock"})
_KHUGEPAGED: Final = frozenset({"wake", "wait_khugepaged", "sleep"})


@record(frozen=True)
class Clues:
    """One operation, and what the recorded kernel did (first) and 3.0 does (second)."""

    words: Sequence[str]
    whats: Mapping[str, tuple[object, object]]
    earlier: Sequence[str] = ()  # operations, in order

    def more(self, counter: str) -> bool:
        """Did the recorded kernel count more?"""
        here, emulated = self.whats.get(counter, (0, 0))
        return isinstance(here, int) and isinstance(emulated, int) and here > emulated

    def less(self, counter: str) -> bool:
        """Did it count less?"""
        here, emulated = self.whats.get(counter, (0, 0))
        return isinstance(here, int) and isinstance(emulated, int) and here < emulated

    def returned(self, here: str, emulated: str) -> bool:
        """Were these the two return values?"""
        return self.whats.get("ret") == (here, emulated)

    def after(self, *parts: str) -> bool:
        """Has an earlier operation all of these words in its line?"""
        return any(all(part in line for part in parts) for line in self.earlier)

    def slots(self, letters: str) -> bool:
        """Has the recorded kernel a slot of these kinds where 3.0 has another?"""
        for what, (here, emulated) in self.whats.items():
            if what.endswith(" slots") and isinstance(here, str) and isinstance(emulated, str):
                pairs = zip(here, emulated, strict=False)
                if any(mine in letters and mine != other for mine, other in pairs):
                    return True
        return False


@record(frozen=True)
class Change:
    """A later change of the kernel."""

    since: str  # the first release that has it; empty for what differs from program to program
    what: str
    shown: Callable[[Clues], bool]
    exact: bool = True  # False: this release has it, some before may

    def __str__(self) -> str:
        if not self.since:
            return self.what
        return f"since {self.since}{'' if self.exact else ' or earlier'}: {self.what}"


def _hint(clues: Clues) -> bool:
    if clues.words[0] != "madvise":
        return False
    advice = clues.words[4]
    return advice in ("hugepage", "nohugepage") or (advice[0].isdigit() and int(advice, 0) & _INT in _HINTS)


def _advice(number: int, name: str) -> Callable[[Clues], bool]:
    """Is it an advice that 3.0 does not know?"""

    def shown(clues: Clues) -> bool:
        return clues.words[0] == "madvise" and clues.words[4] in (name, str(number))

    return shown


def _file(part: str) -> Callable[[Clues], bool]:
    """Is it about a pseudo-file that 3.0 does not have?"""

    def shown(clues: Clues) -> bool:
        about = clues.words[0] in _FILES and part in clues.words[1]
        return about and clues.whats.get("ret", ("", ""))[1] == "-ENOENT"

    return shown


def _touched(clues: Clues, how: str) -> bool:
    return clues.words[0] == "touch" and clues.words[4] == how


def _emptied(clues: Clues) -> bool:
    """Is it a touch of a region of which something was given back?"""
    region = clues.words[2].partition("+")[0]
    return clues.words[0] == "touch" and clues.after(f"madvise {clues.words[1]} {region}", " dontneed")


def _setting(clues: Clues, name: str | tuple[str, ...]) -> bool:
    return clues.words[0] in _FILES and clues.words[1].endswith(name)


CHANGES: Final = (
    Change("3.8", "/sys/kernel/mm/transparent_hugepage/use_zero_page", _file("use_zero_page")),
    Change("4.8", "khugepaged/max_ptes_swap", _file("max_ptes_swap")),
    Change("4.8", "shmem_enabled: huge pages for shared memory", _file("shmem_enabled")),
    Change("5.8", "khugepaged/max_ptes_shared", _file("max_ptes_shared")),
    Change("6.8", "hugepages-SIZEkB: anonymous memory in folios of several sizes", _file("/hugepages-")),
    Change("6.12", "shrink_underused", _file("shrink_underused")),
    Change("6.1", "hpage_pmd_size", _file("hpage_pmd_size"), exact=False),
    Change(
        "6.1",
        "only the whole word is taken; 3.0 compares as many letters as were written",
        lambda clues: _setting(clues, ("/enabled", "/defrag")) and clues.returned("-EINVAL", "0"),
        exact=False,
    ),
    Change(
        "4.6",
        "defrag may be deferred (defer, later defer+madvise), and is madvise by default",
        lambda clues: _setting(clues, "transparent_hugepage/defrag"),
    ),
    Change(
        "6.1",
        "what is no number is EINVAL; 3.0 takes it and changes nothing",
        lambda clues: _setting(clues, "/min_free_kbytes") and clues.returned("-EINVAL", "0"),
        exact=False,
    ),
    Change(
        "6.1",
        "`never` lowers min_free_kbytes to what it would be without huge pages; 3.0 leaves it",
        lambda clues: _setting(clues, "/min_free_kbytes") and clues.after("write", "/enabled", "never"),
        exact=False,
    ),
    Change("4.5", "madvise(MADV_FREE)", _advice(8, "free")),
    Change("5.4", "madvise(MADV_COLD)", _advice(20, "cold")),
    Change("5.4", "madvise(MADV_PAGEOUT)", _advice(21, "pageout")),
    Change("5.14", "madvise(MADV_POPULATE_READ)", _advice(22, "populate_read")),
    Change("5.14", "madvise(MADV_POPULATE_WRITE)", _advice(23, "populate_write")),
    Change("5.18", "madvise(MADV_DONTNEED_LOCKED)", _advice(24, "dontneed_locked")),
    Change("6.1", "madvise(MADV_COLLAPSE)", _advice(25, "collapse")),
    Change(
        "4.4",
        "a hint that a VMA has already is no error; 3.0 answers EINVAL and stops at that VMA",
        lambda clues: _hint(clues) and (clues.returned("0", "-EINVAL") or clues.returned("-ENOMEM", "-EINVAL")),
    ),
    Change(
        "4.14",
        "mremap with an old length of 0 is EINVAL on private memory; 3.0 makes a second, empty mapping",
        lambda clues: clues.words[0] == "mremap" and clues.words[3] == "0" and clues.returned("-EINVAL", "0"),
    ),
    Change(
        "6.18",
        "mremap first looks whether all of the old range is mapped; 3.0 unmaps what is to go, and that was all",
        lambda clues: clues.words[0] == "mremap" and clues.returned("-EFAULT", "0"),
        exact=False,
    ),
    Change(
        "3.9",
        "MADV_WILLNEED reads anonymous memory back from swap; 3.0 answers EBADF",
        lambda clues: clues.words[0] == "madvise" and clues.whats.get("ret", ("", ""))[1] == "-EBADF",
    ),
    Change(
        "6.7",
        "mmap places mappings of 2 MiB and more on a 2 MiB boundary",
        lambda clues: (
            clues.words[0] == "mmap"
            and size_of(clues.words[3], "") >= HPAGE_SIZE
            and any(what.endswith(" mod2M") for what in clues.whats)
        ),
    ),
    Change(
        "",
        "this host had no free huge page, or took none",
        lambda clues: clues.words[0] == "touch" and clues.more("thp_fault_fallback"),
    ),
    Change(
        "",
        "where the kernel puts a mapping depends on what else the process has mapped",
        lambda clues: clues.words[0] in ("mmap", "mremap") and any(what.endswith(" mod2M") for what in clues.whats),
    ),
    Change(
        "6.8",
        "each size of folios has a setting of its own (hugepages-SIZEkB/enabled), and one was written",
        lambda clues: clues.words[0] == "touch" and clues.after("write", "/hugepages-"),
    ),
    Change(
        "3.8",
        "a read fault maps the huge zero page; 3.0 allocates a huge page",
        lambda clues: _touched(clues, "read") and clues.slots("Z"),
    ),
    Change(
        "3.8",
        "the huge zero page is mapped there, and a write takes a huge page only now; 3.0 had one since the read",
        lambda clues: (
            _touched(clues, "write")
            and clues.after("touch", " read")
            and clues.more("thp_fault_alloc")
            and clues.more("minflt")
        ),
    ),
    Change(
        "5.8",
        "a write to a shared huge page splits the writer's mapping and copies 4 KiB; 3.0 copies all 2 MiB",
        lambda clues: (
            _touched(clues, "write")
            and (clues.more("thp_split_pmd") or (clues.less("thp_fault_alloc") and clues.after("fork ")))
        ),
    ),
    Change(
        "6.14",
        "MADV_DONTNEED frees an emptied page table, so that the slot can fault as a huge page; 3.0 keeps the table",
        lambda clues: _emptied(clues) and clues.slots("H") and clues.more("thp_fault_alloc"),
    ),
    Change(
        "3.15",
        "a read fault of shared or file memory maps what is in memory around it, up to 16 pages; 3.0 maps one page",
        lambda clues: (
            _touched(clues, "read")
            and clues.less("minflt")
            and (clues.after("mmap", "map=shared") or clues.after("mmap", "map=file"))
        ),
    ),
    Change(
        "6.2",
        "mprotect back to rw lets a process write at once to pages that it alone has; 3.0 waits for a fault",
        lambda clues: _touched(clues, "write") and clues.less("minflt") and clues.after("mprotect", " rw"),
        exact=False,
    ),
    Change(
        "6.18",
        "mprotect to rw takes the faults of locked memory at once; 3.0 leaves them to the first access",
        lambda clues: (
            clues.words[0] == "mprotect" and clues.words[4] == "rw" and clues.more("minflt") and clues.after("mlock")
        ),
        exact=False,
    ),
    Change(
        "3.2",
        "mremap moves a huge page as it is; 3.0 splits it",
        lambda clues: clues.words[0] == "mremap" and clues.less("thp_split") and not clues.more("thp_split_pmd"),
    ),
    Change(
        "6.12",
        "a split maps the shared zero page for subpages that hold only zeros",
        lambda clues: clues.more("thp_split_page") and any(what.endswith(" zero") for what in clues.whats),
    ),
    Change(
        "4.5",
        "a cut splits only this process' mapping (thp_split_pmd), the memory stays one huge page; 3.0 splits the page "
        "for everybody (thp_split)",
        lambda clues: clues.words[0] in _SPLITTING and (clues.less("thp_split") or clues.more("thp_split_pmd")),
    ),
    Change(
        "4.5",
        "parts of a huge page can be mapped by page table entries (h); 3.0 knows only whole ones and base pages",
        lambda clues: clues.slots("h"),
    ),
    Change(
        "6.18",
        "a VMA with pages and one without merge when their flags are equal again",
        lambda clues: any(what.endswith(" vmas") and len(str(a)) < len(str(b)) for what, (a, b) in clues.whats.items()),
        exact=False,
    ),
    Change(
        "",
        "in that much real time khugepaged may not have come by",
        lambda clues: clues.words[0] == "sleep" and clues.less("pages_collapsed"),
    ),
    Change(
        "4.0",
        "khugepaged collapses more: slots with read-only entries (4.0), zero pages (4.1), swapped (4.8) and shared "
        "ones (5.8); and madvise registers a process (3.18)",
        lambda clues: clues.words[0] in _KHUGEPAGED and clues.more("pages_collapsed"),
    ),
)
"""Looked through in this order: the first that an operation shows is told."""

_COUNTERS: Final = {
    "thp_zero_page_alloc": "3.8", "thp_file_alloc": "4.8", "thp_file_mapped": "4.8", "thp_split_page": "4.5",
    "thp_split_page_failed": "4.5", "thp_split_pmd": "4.5", "thp_deferred_split_page": "4.5", "thp_swpout": "4.14",
    "thp_swpout_fallback": "4.14", "thp_fault_fallback_charge": "5.8", "thp_migration_success": "5.9",
    "thp_underused_split_page": "6.12", "thp_scan_exceed_none_pte": "5.17", "thp_scan_exceed_swap_pte": "5.17",
    "thp_scan_exceed_share_pte": "5.17",
}  # fmt: skip
"""Counters that 3.0 does not have, with the release that brought them."""

_OF_EVERYBODY: Final = frozenset({"pages_collapsed", "thp_collapse_alloc"})


def reasons(kernel: str, differences: Sequence[Difference], script: Sequence[str] = ()) -> list[str]:
    """For each difference the later change behind it, what it follows from, or nothing where none is known."""
    release = _release(kernel)
    changes = [change for change in CHANGES if _release(change.since) <= release]
    told = [""] * len(differences)
    family = _families(script)
    marked: dict[str, int] = {}  # regions that are otherwise since an operation
    for index in dict.fromkeys(each.index for each in differences):
        places = [place for place, each in enumerate(differences) if each.index == index]
        whats = {differences[place].what: (differences[place].expected, differences[place].found) for place in places}
        words = differences[places[0]].operation.split()
        known = next((str(change) for change in changes if _shown(change, Clues(words, whats, script[:index]))), "")
        own = _worked_on(words, family)
        for place in places:
            told[place] = known or _lesser(
                differences[place], release, _earlier(differences[place], own, marked, family)
            )
        if any(told[place] for place in places):
            for name in (own, *(_region(what, family) for what in whats if "/" in what)):
                if name:
                    marked.setdefault(name, index)
    return told


def _worked_on(words: Sequence[str], family: Mapping[str, str]) -> str:
    """The region of an operation, or the file."""
    if len(words) > 1 and words[0] in _FILES:
        return words[1]
    return _region(f"{words[1]}/{words[2].partition('+')[0]}", family) if len(words) > 2 else ""


def _families(script: Sequence[str]) -> dict[str, str]:
    """The first ancestor of each process that was forked: its regions have the same pages."""
    first: dict[str, str] = {}
    for words in (line.split() for line in script):
        if words[0] == "fork" and len(words) > 2:
            first[words[2]] = first.get(words[1], words[1])
    return first


def _earlier(difference: Difference, own: str, marked: Mapping[str, int], family: Mapping[str, str]) -> int | None:
    """The operation that left the region otherwise in which something differs, or which is worked on."""
    names = [_region(difference.what, family), own]
    return next((marked[name] for name in names if name in marked), None)


def _shown(change: Change, clues: Clues) -> bool:
    try:
        return change.shown(clues)
    except (IndexError, ValueError, Refused):  # too few words, or no number where one should be
        return False


def _lesser(difference: Difference, release: tuple[int, int], earlier: int | None) -> str:
    """A counter of later kernels, one of the whole machine, or a region that an earlier operation left otherwise."""
    since = _COUNTERS.get(difference.what)
    if since is not None and not difference.found and _release(since) <= release:
        return f"since {since}: this counter"
    if difference.what in _OF_EVERYBODY and difference.operation.split()[0] not in _KHUGEPAGED and release > (3, 0):
        return "khugepaged works for the whole machine: this may be of another process"
    if earlier is None and difference.what.endswith(" Referenced") and release > (3, 0):
        return "may be a mark of the LRU lists (PG_referenced), which are the whole machine's"
    return f"may follow from operation {earlier}" if earlier is not None else ""


def _region(what: str, family: Mapping[str, str]) -> str:
    """PROCESS/REGION at the head of what differs, with the first process that had the region."""
    process, slash, region = what.partition(" ")[0].partition("/")
    return f"{family.get(process, process)}{slash}{region}" if slash else ""


def _release(kernel: str) -> tuple[int, int]:
    """6.18 of `6.18.44-rc1` as numbers; (0, 0) of what has none."""
    found = _VERSION.match(kernel)
    return (int(found[1]), int(found[2])) if found is not None else (0, 0)
