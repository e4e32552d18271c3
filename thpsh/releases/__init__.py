"""Kernel releases: the table of changes, and the features that a release, with changes taken out or put in, has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError
from thpsh.record import names_of, record, replace
from thpsh.releases.era import ERA
from thpsh.releases.fixes import FIXES
from thpsh.releases.merge import MERGE
from thpsh.releases.release import Release, parse
from thpsh.structs.features import KernelFeatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thpsh.releases.change import Change

CHANGES: Final[tuple[Change, ...]] = tuple(
    sorted(
        (*MERGE, *FIXES, *ERA), key=lambda change: (parse(change.first), change.number is None, -(change.number or 0))
    )
)
"""All changes in the order of the history."""

_THEN: Final = ("compact_sync_after_reclaim", "kswapd_compacts", "numa_maps_splits")
_BEFORE: Final = KernelFeatures(**{name: name in _THEN for name in names_of(KernelFeatures)})
"""The features before the first change: 2.6.37."""

_NAMED: Final = 4  # changes that a kernel's name lists one by one
_NOTES: Final = 10  # changes that go along with another and are explained one by one


@record(frozen=True)
class KernelSelection:
    """A kernel as it was chosen: release, what was taken out or put in, and the features that follow."""

    release: Release
    features: KernelFeatures
    changes: tuple[str, ...]  # ids of the changes that are in
    notes: tuple[str, ...] = ()  # what was reverted in addition, and why

    def has(self, word: str) -> bool:
        """Has this kernel a change (id or number)?"""
        return find(word).id in self.changes

    @property
    def local_version(self) -> str:
        """What follows the number in `uname -r` (CONFIG_LOCALVERSION): what was taken out of the release or put in."""
        regular = {change.id for change in CHANGES if parse(change.first) <= self.release}
        out = [change.name for change in CHANGES if change.id in regular and change.id not in self.changes]
        new = [change.name for change in CHANGES if change.id not in regular and change.id in self.changes]
        return "".join(f"-{word}-{_some(names)}" for word, names in (("without", out), ("with", new)) if names)


def _some(names: list[str]) -> str:
    """Names in a row; of many the first, and how many more."""
    return ",".join(names) if len(names) <= _NAMED else f"{names[0]}-and-{len(names) - 1}-more"


def find(word: str) -> Change:
    """The change of an id or number; UsageError if there is none."""
    for change in CHANGES:
        if word in (change.id, change.name):
            return change
    raise UsageError(f"change {word!r}: expected a number from 1 to 38 or an id like {CHANGES[0].id}")


def features_of(changes: Iterable[Change]) -> KernelFeatures:
    """The features that changes, in the order of the history, add up to."""
    return replace(_BEFORE, **{change.field: change.value for change in changes})


def fold(kernel: str, revert: Sequence[str] = (), apply: Sequence[str] = ()) -> KernelSelection:
    """The kernel of a release without some changes and with some later ones.

    Reverting a change also reverts those that need it; applying one whose need is absent is refused.
    """
    release = parse(kernel)
    there = {change.id: change for change in CHANGES if parse(change.first) <= release}
    for word in apply:
        _apply(find(word), there, release)
    whole, notes = frozenset(there), list[str]()
    for word in revert:
        change = find(word)
        if change.id in {find(each).id for each in apply}:
            raise UsageError(f"change {word}: cannot be applied and reverted at once")
        notes += _revert(change, there, whole)
    chosen = [change for change in CHANGES if change.id in there]
    return KernelSelection(release, features_of(chosen), tuple(change.id for change in chosen), tuple(notes))


def _apply(change: Change, there: dict[str, Change], release: Release) -> None:
    if change.id in there:
        raise UsageError(f"change {change.name}: {release.text} has it already")
    for need in change.needs:
        if find(str(need)).id not in there:
            raise UsageError(f"change {change.name}: needs change {need}, which {release.text} lacks")
    there[change.id] = change


def _revert(change: Change, there: dict[str, Change], whole: frozenset[str]) -> list[str]:
    """Take a change out with whatever needs it; what had to go besides, in words."""
    if change.documents:
        raise UsageError(f"change {change.name}: documents a rule that cannot be taken out")
    if change.id not in whole:
        raise UsageError(f"change {change.name}: not in this kernel")
    if change.id not in there:
        return []  # it went with another
    before, notes = tuple(there), list[str]()
    _take_out(change, there, notes)
    if len(notes) <= _NOTES:
        return notes
    names = " ".join(find(gone).name for gone in before if gone not in there and gone != change.id)
    return [f"{names} are reverted, too: they build on {change.name} ({change.id})"]


def _take_out(change: Change, there: dict[str, Change], notes: list[str]) -> None:
    """Take a change out, and then whatever needs it."""
    del there[change.id]
    for other in list(there.values()):
        if change.number is not None and change.number in other.needs and other.id in there:
            notes.append(f"{other.name} ({other.id}) is reverted, too: it needs {change.name} ({change.id})")
            _take_out(other, there, notes)


def known_releases() -> list[str]:
    """The releases and candidates that changed something, and the finals, in order."""
    names = {parse(change.first) for change in CHANGES}
    names |= {parse(word) for word in ("2.6.37", "2.6.38", "2.6.39", "3.0", "3.1")}
    return [release.text for release in sorted(names)]


def diff(a: str, b: str) -> list[Change]:
    """The changes between two releases, in order."""
    low, high = sorted((parse(a), parse(b)))
    return [change for change in CHANGES if low < parse(change.first) <= high]


def positions() -> list[tuple[Change, KernelFeatures]]:
    """Every change with the features of the history's position just after it."""
    return [(change, features_of(CHANGES[: place + 1])) for place, change in enumerate(CHANGES)]
