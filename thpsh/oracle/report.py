"""What `thpsh compare` prints: for people, and as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thpsh.oracle.comparison import Comparison
    from thpsh.oracle.differ import Difference

SOME: Final = 4  # equal items are shown one by one up to here


def as_text(comparison: Comparison) -> str:
    """One recording: that it agrees, or every difference under its operation."""
    total = len(comparison.differences)
    if not total:
        return f"{comparison.name}: agrees in {comparison.operations} operations\n" + _left_out(comparison)
    lines = [f"{comparison.name}: {total} difference{'s'[: total != 1]} in {comparison.operations} operations"]
    for index, group in groupby(
        zip(comparison.differences, comparison.reasons, strict=True), lambda each: each[0].index
    ):
        items = list(group)
        lines.append(f"  {index:3} {_shown(items[0][0].operation)}")
        for reason, same in groupby(items, lambda each: each[1]):
            for difference, _ in same:
                lines += _difference(difference)
            lines += [f"      ^ {reason}"] if reason else []
    return "\n".join(lines) + "\n" + _left_out(comparison)


def _left_out(comparison: Comparison) -> str:
    """What the recorder could not do, each reason once."""
    by_reason: dict[str, list[str]] = {}
    for line, reason in comparison.left_out:
        by_reason.setdefault(reason, []).append(_shown(line.split()[0]))
    return "".join(
        f"  left out: {' '.join(dict.fromkeys(names))} ({_shown(reason)})\n" for reason, names in by_reason.items()
    )


def _difference(difference: Difference) -> list[str]:
    """What differs, the real kernel above the emulator."""
    wanted, got = _value(difference.expected), _value(difference.found)
    short = f"      {difference.what}: expected {wanted}, found {got}"
    if len(short) <= 120:
        return [short]
    return [f"      {difference.what}:", f"        expected {wanted}", f"        found    {got}"]


def _value(value: object) -> str:
    """A value on one line."""
    if isinstance(value, str):
        return _shown(value) if value.isprintable() else json.dumps(value)
    if isinstance(value, list):
        return " ".join(_runs([f"[{each}]" if isinstance(each, str) else str(each) for each in value])) or "none"
    return str(value)


def _runs(items: list[str]) -> list[str]:
    """Many equal items in a row as one with their number: 512×46."""
    found = []
    for item, run in groupby(items):
        length = len(list(run))
        found += [f"{item}×{length}"] if length > SOME else [item] * length
    return found


def _shown(text: str) -> str:
    """Text that cannot do harm to a terminal."""
    return text if text.isprintable() else json.dumps(text)[1:-1]


def as_json(comparisons: Sequence[Comparison]) -> str:
    """All recordings with their differences as one JSON document."""
    document: dict[str, Any] = {
        "traces": [_trace(comparison) for comparison in comparisons],
        "operations": sum(comparison.operations for comparison in comparisons),
        "differences": sum(len(comparison.differences) for comparison in comparisons),
        "failed": sum(bool(comparison.differences) for comparison in comparisons),
    }
    return json.dumps(document, indent=2) + "\n"


def _trace(comparison: Comparison) -> dict[str, Any]:
    left_out = [{"operation": line, "reason": reason} for line, reason in comparison.left_out]
    return {
        "trace": comparison.name,
        "case": comparison.case,
        "kernel": comparison.kernel,
        "operations": comparison.operations,
        "agrees": not comparison.differences,
        "differences": [
            _entry(difference, reason)
            for difference, reason in zip(comparison.differences, comparison.reasons, strict=True)
        ],
        **({"left_out": left_out} if left_out else {}),
    }


def _entry(difference: Difference, reason: str) -> dict[str, Any]:
    entry = {"op" if name == "index" else name: value for name, value in asdict(difference).items()}
    return {**entry, "reason": reason} if reason else entry


def closing_line(comparisons: Sequence[Comparison]) -> str:
    """The last line, which other programs read (decisions.md §8)."""
    operations = sum(comparison.operations for comparison in comparisons)
    differences = sum(len(comparison.differences) for comparison in comparisons)
    failed = sum(bool(comparison.differences) for comparison in comparisons)
    return f"compared {len(comparisons)} traces, {operations} operations: {differences} differences in {failed} traces"
