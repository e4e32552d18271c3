"""Runner: one scenario replayed on one session."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from thpsh.record import record
from thpsh.scenario import marks
from thpsh.scenario.replay import Outcome, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.scenario.parser import Scenario, Step
    from thpsh.scenario.session import Session, Sink

PROMPT = "thpsh> "
CONTINUED = "> "


@record(frozen=True)
class Manner:
    """How a scenario is replayed."""

    quiet: bool = False
    fail_fast: bool = False
    pause: Callable[[], None] | None = None  # called after each command (`--step`)


@record(frozen=True)
class Result:
    """What a replay found."""

    file: str
    title: str
    lines: int  # commands run
    outcomes: tuple[Outcome, ...]
    side: str = ""  # with or without its commits

    @property
    def checked(self) -> int:
        """Expectations that were meant for this kernel."""
        return sum(not outcome.skipped for outcome in self.outcomes)

    @property
    def failed(self) -> int:
        """Expectations that did not hold, and lines that failed unexpectedly."""
        return sum(not outcome.held for outcome in self.outcomes)


class Tee:
    """A sink that also keeps what it passes on."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.kept = io.StringIO()

    def write(self, text: str, /) -> object:
        """Pass text on and keep it."""
        self.kept.write(text)
        return self.sink.write(text)


def replay(scenario: Scenario, session: Session, out: Sink, manner: Manner) -> Result:
    """Run every line; goes on after a failure unless told to stop at the first."""
    marks.mark(session)
    done = 0
    for step in scenario.steps:
        if step.narration:
            _show(out, manner, step.text)
            continue
        done += 1
        _show_command(out, manner, step)
        held = _run(scenario, step, session, out, manner)
        if session.leaving or (manner.fail_fast and not held):
            break
        if manner.pause is not None:
            manner.pause()
    return Result(scenario.file, scenario.title, done, tuple(session.replay.outcomes))


def _run(scenario: Scenario, step: Step, session: Session, out: Sink, manner: Manner) -> bool:
    """Run one command; False if it, or an expectation in it, failed."""
    state = session.replay
    state.place = Place(scenario.file, step.line)
    before = len(state.outcomes)
    errors = Tee(out)
    status = session.execute(step.text, io.StringIO() if manner.quiet else out, errors)
    fresh = state.outcomes[before:]
    if all(outcome.held for outcome in fresh) and status:
        found = errors.kept.getvalue().strip() or f"status {status}"
        state.note(Outcome(held=False, text=step.text, expected="success", found=found, place=state.place))
        out.write(f"{state.place}: line failed with status {status}: {step.text}\n")
        return False
    return all(outcome.held for outcome in fresh)


def _show(out: Sink, manner: Manner, text: str) -> None:
    """Show a line of narration."""
    if not manner.quiet:
        out.write(f"{text}\n")


def _show_command(out: Sink, manner: Manner, step: Step) -> None:
    """Show a command as if it were typed."""
    if not manner.quiet:
        out.write(PROMPT + step.text.replace("\n", f"\n{CONTINUED}") + "\n")
