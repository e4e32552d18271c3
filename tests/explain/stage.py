"""A shell whose host is explained."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.commands.typed import Typed

THP = "/sys/kernel/mm/transparent_hugepage"


def explained(host: Typed, place: str) -> dict[str, Any]:
    """What `explain app PLACE` says, as data."""
    found: dict[str, Any] = json.loads(host(f"explain app {place} --json"))
    return found


def failing(host: Typed, place: str, which: int) -> list[str]:
    """The ids of the conditions that say no: of the fault (0), of khugepaged (1)."""
    return [check["id"] for check in explained(host, place)["decisions"][which]["checks"] if check["ok"] is False]


def remedies(host: Typed, place: str) -> list[list[str]]:
    """The lines suggested."""
    return [each["lines"] for each in explained(host, place)["remedies"]]
