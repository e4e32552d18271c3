"""Sides: the kernels on which a scenario with `commits` is replayed, with these changes and without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thpsh.record import record
from thpsh.releases import CHANGES, find, fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.releases.change import Change
    from thpsh.scenario.front_matter import FrontMatter

_REFERENCE: Final = "3.0"


@record(frozen=True)
class Side:
    """One kernel for a scenario: what to call it, and the machine keys that boot it."""

    label: str  # "with 14", "without 14"; empty where there is only one
    keys: Mapping[str, Any]


def sides_of(front: FrontMatter) -> tuple[Side, ...]:
    """The kernel without the commits of a front matter, then that with them; one side if it names none.

    What only documents a rule cannot be taken out.
    """
    if not front.commits:
        return (Side("", front.machine),)
    keys = dict(front.machine)
    revert, apply = tuple(keys.get("revert", ())), tuple(keys.get("apply", ()))
    kernel = fold(str(keys.get("kernel", _REFERENCE)), revert, apply)
    changes = [find(word) for word in front.commits]
    names = ",".join(change.name for change in changes)
    missing = tuple(change.name for change in changes if change.id not in kernel.changes)
    present = tuple(change.name for change in changes if change.id in kernel.changes and not change.documents)
    having = Side(f"with {names}", {**keys, "apply": apply + missing})
    if not missing and not present:
        return (having,)
    return Side(f"without {names}", {**keys, "revert": revert + present}), having


def named(sides: tuple[Side, ...], front: FrontMatter) -> tuple[Side, ...]:
    """Sides whose labels begin with the kernel: `3.0 without 14`."""
    kernel = front.machine.get("kernel", _REFERENCE)
    return tuple(Side(f"{kernel} {side.label}", side.keys) for side in sides)


def sides_in_history(front: FrontMatter, change: Change) -> tuple[Side, ...]:
    """The two neighbouring positions of the history: just before a change was applied, and just after.

    Positions within a release candidate are that candidate without the changes that came later in it.
    """
    later = CHANGES[CHANGES.index(change) + 1 :]
    revert = tuple(each.name for each in later if each.first == change.first and not each.documents)
    keys = {**front.machine, "kernel": change.first, "apply": (), "revert": revert}
    after = Side(f"{change.first} after {change.name}", keys)
    if change.documents:
        return (after,)
    return Side(f"{change.first} before {change.name}", {**keys, "revert": (*revert, change.name)}), after
