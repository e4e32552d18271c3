"""Replay: what marks and expectations of one session remember."""

from __future__ import annotations

from thpsh.record import field, record


@record(frozen=True)
class Place:
    """A line of a scenario file."""

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else ""


@record(frozen=True)
class Outcome:
    """How one expectation ended."""

    held: bool
    text: str  # as typed
    expected: str = ""
    found: str = ""
    events: tuple[str, ...] = ()  # the last ones that changed the value
    skipped: bool = False  # --with or --without a change this kernel has not, or has
    place: Place = Place()
    tag: str = ""  # "with 14": the side it is meant for


@record
class Mark:
    """The values `+=` counts from."""

    name: str = ""
    record: int = 0  # number of the next trace record
    texts: dict[str, str] = field(default_factory=dict)  # files, by path
    values: dict[str, str] = field(default_factory=dict)  # what `expect ... +=` has asked or will ask for


@record
class Replay:
    """The state of `mark`, `expect` and `fails` in one session."""

    outcomes: list[Outcome] = field(default_factory=list)
    mark: Mark | None = None
    marks: dict[str, int] = field(default_factory=dict)  # those with a name: the number of the next trace record then
    watched: dict[str, tuple[str, ...]] = field(default_factory=dict)  # subjects to note at the next mark, as words
    place: Place = Place()
    chain: tuple[str, ...] = ()  # the files being replayed, outermost first
    quiet: bool = False
    wrong: tuple[str, ...] = ()  # changes whose tags are judged on the wrong side, to see that they fail there
    untagged: bool = False  # --with and --without have no say: an expectation is asked on any kernel

    def note(self, outcome: Outcome) -> None:
        """Remember an outcome."""
        self.outcomes.append(outcome)
