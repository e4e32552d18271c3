"""Course: one taking of a lesson, from its first line to its debrief."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final, Protocol

from thpsh.errors import KernelError, ThpshError, UsageError
from thpsh.record import field, record
from thpsh.scenario import comparison, expect, marks, subjects
from thpsh.scenario.lesson import lines_after, words_of

if TYPE_CHECKING:
    from thpsh.machine import Machine
    from thpsh.scenario.lesson import Lesson
    from thpsh.scenario.parser import Step
    from thpsh.scenario.session import Session, Sink

WIDTH: Final = 79
PROMPT: Final = "thpsh> "


class Runner(Protocol):
    """Who types the lines of a lesson at the host."""

    def __call__(self, line: str, out: Sink, /) -> int:
        """Run a line; returns its status."""


@record(frozen=True)
class Answer:
    """What was predicted, and what came."""

    question: str
    said: str
    found: str

    @property
    def right(self) -> bool:
        """Was it so?"""
        return comparison.holds(self.found, "==", self.said)


@record(eq=False)
class Course:
    """Where somebody is in a lesson."""

    lesson: Lesson
    machine: Machine  # the host the lesson is taken on
    place: int = 0  # the next step to tell
    asked: bool = False  # the question there waits for an answer
    hints: int = 0  # given so far
    solution_shown: bool = False
    commands: int = 0  # typed since the goals were told
    answers: list[Answer] = field(default_factory=list)
    done: bool = False

    @property
    def ready(self) -> bool:
        """Have all lines been told, so that the goals are to be reached?"""
        return self.place >= len(self.lesson.before)


def go_on(course: Course, session: Session, run: Runner, out: Sink) -> None:
    """Tell and run what comes, up to the next question or the goals."""
    lesson = course.lesson
    while not course.ready:
        step = lesson.before[course.place]
        if course.place in lesson.questions:
            course.asked = True
            _ask(course, step, out)
            return
        course.place += 1
        tell(step, run, out)
    marks.mark(session)
    show_goals(course, session, out)


def tell(step: Step, run: Runner, out: Sink) -> None:
    """Show narration folded to the width, or run a line as if it were typed."""
    if step.narration:
        text = step.text.lstrip("# ").rstrip()
        out.write("\n".join(wrap(text, WIDTH)) + "\n" if text else "\n")
        return
    out.write(PROMPT + step.text.replace("\n", "\n> ") + "\n")
    run(step.text, out)


def _ask(course: Course, step: Step, out: Sink) -> None:
    lines = "; ".join(each.text for each in lines_after(course.lesson, course.place))
    question = wrap(f"?  What will `{step.text}` be after `{lines}`?", WIDTH, subsequent_indent="   ")
    out.write("\n".join(["", *question, "   Answer with: predict VALUE", ""]))


def answer(course: Course, said: str, session: Session, run: Runner, out: Sink) -> Answer:
    """Take an answer, run the lines it is about, and say what came of them."""
    question = course.lesson.before[course.place]
    lines = lines_after(course.lesson, course.place)
    course.asked = False
    course.place += 1 + len(lines)
    for step in lines:
        tell(step, run, out)
    words = tuple(words_of(question.text))
    try:
        found = subjects.subject_value(session, words, "==") or ""
    except KernelError as error:
        found = subjects.read_error(error)
    given = Answer(question.text, said, " ".join(found.split()))
    course.answers.append(given)
    verdict = "Right" if given.right else f"Not so: you said {said}"
    out.write(f"   {verdict}: `{question.text}` is {given.found}\n\n")
    return given


def reached(course: Course, session: Session) -> list[bool]:
    """Which goals does the host fulfil now?"""
    found = []
    for goal in course.lesson.goals:
        try:
            found.append(expect.find(session, words_of(goal.text))[1])
        except (ThpshError, UsageError):
            found.append(False)
    return found


def show_goals(course: Course, session: Session, out: Sink) -> None:
    """The goals, each with a mark."""
    out.write("\nYour task: reach\n")
    for goal, held in zip(course.lesson.goals, reached(course, session), strict=True):
        out.write(f"  [{'x' if held else ' '}] {goal.text}\n")
    out.write("`hint` helps, `solution` shows a way, `goal` says how far you are.\n")


def debrief(course: Course, run: Runner, out: Sink) -> None:
    """What is told when the goals are reached."""
    lesson = course.lesson
    out.write(f"\n*  Reached: {lesson.title}\n")
    for step in lesson.after:
        tell(step, run, out)
    if lesson.scenario.front.commits:
        names = " ".join(lesson.scenario.front.commits)
        out.write(f"The commits behind it: {names} (`changes show N`)\n")
