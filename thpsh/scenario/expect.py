"""The `expect` command: `expect FILE [KEY] OP VALUE`, or a view, `trace`, `dmesg`, `ps` in place of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import KernelError, UsageError
from thpsh.record import record
from thpsh.scenario import causes, comparison, marks, subjects
from thpsh.scenario.replay import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thpsh.scenario.session import Session


@record(frozen=True)
class Expectation:
    """One expectation, its words read."""

    subject: tuple[str, ...]
    op: str
    wanted: str
    with_change: str = ""
    without_change: str = ""

    @property
    def tag(self) -> str:
        """The side it is meant for, as typed without dashes."""
        sides = (("with", self.with_change), ("without", self.without_change))
        return " ".join(f"{word} {change}" for word, change in sides if change)

    def __str__(self) -> str:
        return f"{' '.join(self.subject)} {self.op} {self.wanted}"


def parse(words: Sequence[str]) -> Expectation:
    """Read the words after `expect`; UsageError names the word that is wrong."""
    rest = list(words)
    sides = {"--with": "", "--without": ""}
    while rest and rest[0].startswith("--"):
        option = rest.pop(0)
        if option not in sides:
            raise UsageError(f"expect: unknown option {option}; expected --with ID or --without ID")
        if not rest:
            raise UsageError(f"expect: {option}: expected the number or id of a change after it")
        sides[option] = rest.pop(0)
    place = next((i for i, word in enumerate(rest) if word in comparison.OPERATORS), None)
    if place is None:
        raise UsageError(f"expect: no operator; expected one of {' '.join(comparison.OPERATORS)}")
    if place == 0:
        raise UsageError(
            f"expect: nothing before {rest[0]}; expected FILE [KEY], VIEW ARGS [FIELD], trace, dmesg or ps"
        )
    if place == len(rest) - 1:
        raise UsageError(f"expect: no value after {rest[place]}")
    wanted = " ".join(rest[place + 1 :])
    comparison.check_wanted(rest[place], wanted)
    return Expectation(tuple(rest[:place]), rest[place], wanted, sides["--with"], sides["--without"])


def check_words(session: Session, words: Sequence[str]) -> Expectation:
    """Everything that can be seen wrong in an expectation before it is checked."""
    expectation = parse(words)
    subjects.check_subject(expectation.subject, expectation.op, session)
    for change in (expectation.with_change, expectation.without_change):
        if change:
            has_change(session, change)
    return expectation


def find(session: Session, words: Sequence[str]) -> tuple[str, bool]:
    """What an expectation finds now, and whether it holds; nothing is noted."""
    return _compare(session, parse(words))


def has_change(session: Session, change: str) -> bool:
    """Does the booted kernel have a change? UsageError if there is no such change."""
    return session.machine.selection.has(change)


def check(session: Session, words: Sequence[str]) -> Outcome:
    """Check an expectation and note its outcome."""
    expectation = check_words(session, words)
    outcome = _outcome(session, expectation)
    session.replay.note(outcome)
    return outcome


def _outcome(session: Session, expectation: Expectation) -> Outcome:
    """The outcome of one expectation now."""
    text = f"expect {expectation}"
    place, tag = session.replay.place, expectation.tag
    if not _applies(session, expectation):
        return Outcome(held=True, text=text, skipped=True, place=place, tag=tag)
    found, held = _compare(session, expectation)
    if held:
        return Outcome(held=True, text=text, expected=expectation.wanted, found=found, place=place, tag=tag)
    expected = f"{expectation.op} {expectation.wanted}"
    events = causes.events_behind(session, expectation.subject)
    return Outcome(held=False, text=text, expected=expected, found=found, events=events, place=place, tag=tag)


def _applies(session: Session, expectation: Expectation) -> bool:
    """Is the expectation meant for the booted kernel (or, where it is judged on the wrong side, not meant for it)?"""
    if session.replay.untagged:
        return True
    wanted = [(expectation.with_change, True), (expectation.without_change, False)]
    return all(
        has_change(session, change) is (has is not (change in session.replay.wrong)) for change, has in wanted if change
    )


def _compare(session: Session, expectation: Expectation) -> tuple[str, bool]:
    """What was found, and whether it is what was expected."""
    subject, op = expectation.subject, expectation.op
    try:
        found = subjects.subject_value(session, subject, op)
    except KernelError as error:
        return subjects.read_error(error), False
    if found is None:
        return f"no {subject[-1]!r} there", False
    if op != "+=":
        return found, comparison.holds(found, op, expectation.wanted)
    before = marks.base(session, subject)
    grown = comparison.difference(found, before)
    return f"{grown} ({before} at the mark, {found} now)", comparison.holds(grown, "==", expectation.wanted)


def outcome_lines(outcome: Outcome) -> list[str]:
    """How a failed expectation is shown."""
    where = f"{outcome.place}: " if outcome.place.file else ""
    lines = [
        f"{where}expectation failed: {outcome.text}",
        f"    expected: {outcome.expected}",
        *_found_lines(outcome.found),
    ]
    if outcome.events:
        lines += ["    last events that changed it:", *(f"        {event}" for event in outcome.events)]
    return lines


def _found_lines(found: str) -> list[str]:
    """What was found, a long text cut and indented."""
    lines = found.splitlines() or [""]
    if len(lines) == 1:
        return [f"    found:    {lines[0]}"]
    shown = [f"        {line}" for line in lines[:12]]
    if len(lines) > len(shown):
        shown.append(f"        … and {len(lines) - len(shown)} lines more")
    return ["    found:", *shown]
