"""Lesson: a scenario with goals that the learner's own commands must reach (contract §4).

Before the first `goal` stand narration, lines that are run for the learner, and `predict SUBJECT` questions about the
lines that follow. Then come `goal EXPECTATION`, `hint TEXT` and `solution LINE`, in any order. What stands after those
is the debrief.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thpsh.line.parser import parse as parse_line
from thpsh.record import record, replace
from thpsh.scenario.parser import SUFFIX
from thpsh.scenario.place import ScenarioError
from thpsh.scenario.syntax import literal, simple_commands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thpsh.scenario.parser import Scenario, Step

GOAL: Final = "goal"
HINT: Final = "hint"
SOLUTION: Final = "solution"
PREDICT: Final = "predict"
_TASK: Final = (GOAL, HINT, SOLUTION)


@record(frozen=True)
class Lesson:
    """A lesson, read; the texts of goals, hints, solution and questions come without their first word."""

    scenario: Scenario
    before: tuple[Step, ...]
    questions: tuple[int, ...]  # places in `before` of the questions
    goals: tuple[Step, ...]
    hints: tuple[Step, ...]
    solution: tuple[Step, ...]
    after: tuple[Step, ...]

    @property
    def title(self) -> str:
        """Its title."""
        return self.scenario.title

    @property
    def name(self) -> str:
        """The file's name without number, folder and suffix."""
        return name_of(self.scenario.file)


def name_of(file: str) -> str:
    """The name of the lesson in a file."""
    return file.replace("\\", "/").rpartition("/")[2].removesuffix(SUFFIX).lstrip("0123456789-")


def word_of(step: Step) -> str:
    """The first word of a step; narration has none."""
    return "" if step.narration else step.text.split(None, 1)[0]


def is_lesson(scenario: Scenario) -> bool:
    """Has a scenario goals?"""
    return any(word_of(step) == GOAL for step in scenario.steps)


def read_lesson(scenario: Scenario) -> Lesson:
    """The parts of a lesson; ScenarioError at the line that is out of place."""
    places = [place for place, step in enumerate(scenario.steps) if word_of(step) in _TASK]
    if not is_lesson(scenario):
        raise ScenarioError(scenario.file, 1, 1, "a lesson needs a goal: `goal EXPECTATION`")
    first, last = places[0], places[-1]
    before, after = scenario.steps[:first], scenario.steps[last + 1 :]
    for step in scenario.steps[first:last]:
        if word_of(step) not in (*_TASK, ""):
            text = (
                f"{word_of(step)}: expected goal, hint or solution here; lines come before the first or after the last"
            )
            raise ScenarioError(scenario.file, step.line, 1, text)
    for step in after:
        if word_of(step) == PREDICT:
            raise ScenarioError(scenario.file, step.line, 1, "predict: expected before the first goal")
    questions = tuple(place for place, step in enumerate(before) if word_of(step) == PREDICT)
    told = tuple(_rest(step) if word_of(step) == PREDICT else step for step in before)
    goals, hints, solution = (
        tuple(_rest(step) for step in scenario.steps[first : last + 1] if word_of(step) == word) for word in _TASK
    )
    return Lesson(scenario, told, questions, goals, hints, solution, after)


def _rest(step: Step) -> Step:
    """A step without its first word."""
    return replace(step, text=step.text.split(None, 1)[1] if len(step.text.split(None, 1)) > 1 else "")


def as_scenario(lesson: Lesson) -> Scenario:
    """The lesson as somebody takes it who types the solution: a scenario that expects the goals."""
    told = [step for place, step in enumerate(lesson.before) if place not in lesson.questions]
    reached = [replace(step, text=f"expect {step.text}") for step in lesson.goals]
    front = replace(lesson.scenario.front, commits=(), machine=machine_of(lesson))
    return replace(lesson.scenario, front=front, steps=(*told, *lesson.solution, *reached, *lesson.after))


def machine_of(lesson: Lesson) -> dict[str, Any]:
    """The machine keys of a lesson's host: its LRU caches are empty, unless the lesson is about them."""
    return {"drained": True, **lesson.scenario.front.machine}


def words_of(text: str) -> list[str]:
    """The words of an expectation or subject."""
    command = next(simple_commands(parse_line(f"expect {text}")))
    return [literal(word) or "" for word in command.words[1:]]


def lines_after(lesson: Lesson, place: int) -> Sequence[Step]:
    """The lines that a question is about: those up to the next narration or question."""
    found = []
    for number, step in enumerate(lesson.before[place + 1 :], place + 1):
        if step.narration or number in lesson.questions:
            break
        found.append(step)
    return found
