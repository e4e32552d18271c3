"""Change: one row of the history, a behaviour that a release brought."""

from __future__ import annotations

from thpsh.record import record


@record(frozen=True, kw_only=True)
class Change:
    """A commit of the seed (with its number), or another change of the era (without)."""

    id: str
    field: str  # of KernelFeatures
    date: str  # year-month-day
    first: str  # release or candidate that had it first
    kind: str  # S: what the user sees, C: counters, F: a fix, T: technical
    summary: str
    number: int | None = None
    author: str = ""
    subject: str = ""
    subject_confirmed: bool = True
    needs: tuple[int, ...] = ()  # numbers of the changes it builds on
    value: bool = True  # of the field, once the change is in
    documents: bool = False  # it only writes a rule down: reverting it changes nothing
    upstream: str = ""  # commit id, where known
    also_in: str = ""  # stable release that took it

    @property
    def name(self) -> str:
        """The number of a seed commit, else the id."""
        return str(self.number) if self.number is not None else self.id
