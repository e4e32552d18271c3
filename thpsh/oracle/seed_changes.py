"""Which change of the kernel's history is behind a difference, when the emulated kernel is another than 3.0.

Each change that the kernel lacks is taken out of 3.0 alone, and the recording replayed: what differs then in the same
place is of that change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import ModelBug, UsageError
from thpsh.record import replace
from thpsh.releases import CHANGES, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from thpsh.boot.spec import MachineSpec
    from thpsh.oracle.differ import Difference
    from thpsh.releases.change import Change

    Again = Callable[[MachineSpec], Sequence[Difference]]

_RECORDED: Final = "3.0"


def others(spec: MachineSpec) -> list[tuple[str, MachineSpec]]:
    """In the order of the history: each change that a kernel lacks or has besides those of 3.0, and 3.0 like that."""
    recorded = set(fold(_RECORDED).changes)
    chosen = set(fold(spec.kernel, revert=spec.revert, apply=spec.apply).changes)
    plain = replace(spec, kernel=_RECORDED, revert=(), apply=())
    found = []
    for change in CHANGES:
        if change.id in recorded - chosen and not change.documents:
            found.append((_told("without", change), replace(plain, revert=(change.id,))))
        elif change.id in chosen - recorded:
            found.append((_told("with", change), replace(plain, apply=(change.id,))))
    return found


def _told(word: str, change: Change) -> str:
    subject = change.subject or change.summary
    name = change.id if change.number is None else f"change {change.number} ({change.id})"
    return f"{word} {name}: {subject}"


def behind(differences: Sequence[Difference], spec: MachineSpec, again: Again) -> tuple[str, ...]:
    """For each difference the change behind it; empty where none alone shows it, or 3.0 shows it as well."""
    told = [""] * len(differences)
    changes = others(spec)
    if not differences or not changes:
        return tuple(told)
    anyway = _places(again(replace(spec, kernel=_RECORDED, revert=(), apply=())))
    for words, kernel in changes:
        try:
            shown = _places(again(kernel))
        except (UsageError, ModelBug):
            continue
        for place, each in enumerate(differences):
            if not told[place] and (each.index, each.what) in shown - anyway:
                told[place] = words
    return tuple(told)


def _places(differences: Sequence[Difference]) -> set[tuple[int, str]]:
    return {(each.index, each.what) for each in differences}
