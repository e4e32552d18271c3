"""Story: what a change was about, told to somebody who has the emulated host in front of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.record import record

if TYPE_CHECKING:
    from thpsh.releases.change import Change


@record(frozen=True, kw_only=True)
class Story:
    """One change in words, and where to see it."""

    problem: str  # what was wrong or missing, as a user met it
    mechanism: str  # what the code does now
    effect: str  # what is different in figures
    look: tuple[str, ...]  # commands of this shell that show it
    files: tuple[str, ...] = ()  # emulated files it concerns
    counters: tuple[str, ...] = ()  # lines of /proc/vmstat, /proc/meminfo, numastat or memory.stat


def story_of(change: Change) -> Story:
    """The story of a change."""
    from thpsh.releases.stories_era import STORIES as OF_THE_ERA
    from thpsh.releases.stories_fixes import STORIES as OF_FIXES
    from thpsh.releases.stories_merge import STORIES as OF_THE_MERGE

    return {**OF_THE_MERGE, **OF_FIXES, **OF_THE_ERA}[change.id]
