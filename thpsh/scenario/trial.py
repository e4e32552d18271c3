"""Trial: one scenario on two kernels, step by step, with what each of them says."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from thpsh.errors import UsageError
from thpsh.record import record
from thpsh.scenario import expect, marks, syntax
from thpsh.scenario.causes import shown
from thpsh.scenario.replay import Place
from thpsh.scenario.subjects import TEXTUAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from thpsh.scenario.parser import Scenario, Step
    from thpsh.scenario.replay import Outcome
    from thpsh.scenario.session import Session
    from thpsh.scenario.sides import Side
    from thpsh.trace.event import Record

NARRATION: Final = "narration"
LINE: Final = "line"
QUESTION: Final = "question"
NO_MORE: Final = "(nothing more)"


@record(frozen=True)
class Row:
    """A line of narration, a command with what it printed, or the subject of an expectation with its value."""

    kind: str
    text: str
    found: tuple[tuple[str, ...], ...] = ()  # lines, of each side

    @property
    def differs(self) -> bool:
        """Do the sides say different things?"""
        return len(set(self.found)) > 1


@record(frozen=True)
class Trial:
    """What a scenario showed on each side."""

    title: str
    labels: tuple[str, ...]
    notes: tuple[str, ...]  # what else was taken out, and why
    rows: tuple[Row, ...]
    trace: tuple[str, ...] = ()  # the first event that is not the same, of each side

    @property
    def differences(self) -> int:
        """How many rows differ."""
        return sum(row.differs for row in self.rows)


def try_out(scenario: Scenario, sides: Sequence[Side], make_session: Callable[[Mapping[str, Any]], Session]) -> Trial:
    """Run a scenario on every side; what fails on one is shown as what it printed.

    An expectation is asked as a question on all sides, whichever it is meant for.
    """
    sessions = [_session(scenario, side, make_session) for side in sides]
    rows: list[Row] = []
    for step in scenario.steps:
        if step.narration:
            rows.append(Row(NARRATION, step.text))
            continue
        row = _step(scenario, step, sessions)
        if row not in rows[-1:]:  # expectations for either side ask the same
            rows.append(row)
    notes = {note: None for session in sessions for note in session.machine.selection.notes}
    return Trial(scenario.title, tuple(side.label for side in sides), tuple(notes), tuple(rows), _first_event(sessions))


def _session(scenario: Scenario, side: Side, make_session: Callable[[Mapping[str, Any]], Session]) -> Session:
    try:
        session = make_session(side.keys)
    except UsageError as error:
        raise UsageError(f"{scenario.file}: {error}") from None
    syntax.check(scenario, session)
    session.replay.untagged = True
    session.replay.chain = (scenario.file,)
    marks.mark(session)
    return session


def _step(scenario: Scenario, step: Step, sessions: Sequence[Session]) -> Row:
    """Run one command everywhere."""
    found: list[tuple[str, ...]] = []
    questions: list[str] = []
    for session in sessions:
        if session.leaving:
            found.append(("(the session has ended)",))
            continue
        before = len(session.replay.outcomes)
        session.replay.place = Place(scenario.file, step.line)
        out = io.StringIO()
        session.execute(step.text, out, out)
        asked = [outcome for outcome in session.replay.outcomes[before:] if outcome.text.startswith("expect ")]
        if asked and len(asked) == len(session.replay.outcomes) - before and step.text.startswith("expect "):
            questions.append(_question(asked[-1]))
            found.append(_answer(asked[-1]))
        else:
            found.append(tuple(_unnamed(session, out.getvalue()).splitlines()))
    if len(questions) == len(sessions):
        return Row(QUESTION, questions[0], tuple(found))
    return Row(LINE, step.text, tuple(found))


def _unnamed(session: Session, text: str) -> str:
    """A text in which the kernel bears the name of its release: that the names differ is no answer."""
    machine = session.machine
    return text.replace(machine.kernel.release, machine.selection.release.uname)


def _question(outcome: Outcome) -> str:
    """What an expectation looks at; of texts, what is looked for in them."""
    read = expect.parse(outcome.text.split()[1:])
    subject = " ".join(read.subject)
    return f"{subject} {read.op} {read.wanted}" if read.op in TEXTUAL else subject


def _answer(outcome: Outcome) -> tuple[str, ...]:
    """The value found; of texts, whether they have it."""
    if expect.parse(outcome.text.split()[1:]).op in TEXTUAL:
        return ("yes" if outcome.held else "no",)
    return tuple(outcome.found.splitlines())


def _first_event(sessions: Sequence[Session]) -> tuple[str, ...]:
    """The first event of the trace that is not the same on all sides; empty if there is none."""
    traces = [[_unnamed(session, _event(each)) for each in session.machine.trace.records] for session in sessions]
    if len(traces) < 2:
        return ()
    longest = max(len(trace) for trace in traces)
    for place in range(longest):
        events = tuple(trace[place] if place < len(trace) else NO_MORE for trace in traces)
        if len(set(events)) > 1:
            return events
    return ()


def _event(record: Record) -> str:
    values = "".join(f" {name}={shown(name, value)}" for name, value in record.event.values().items())
    return f"#{record.number} {record.event.tracepoint()}{values}"
