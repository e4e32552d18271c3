"""lesson: a course about huge pages, taken at the prompt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from thpsh.commands import taking
from thpsh.commands.command import Command, json_argument
from thpsh.commands.grading import grade
from thpsh.commands.lesson_check import complaints
from thpsh.errors import UsageError
from thpsh.render.report import Report, show

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.scenario.lesson import Lesson

_USAGE: Final = (
    "lesson [--json]",
    "lesson N|NAME|FILE",
    "lesson stop",
    "lesson new FILE",
    "lesson check FILE [FILE]...",
    "lesson --grade FILE [FILE]...",
)
TEMPLATE: Final = """\
+++
title = "A title"
summary = "What one can do after it"
commits = [36]
memory = "1G"
+++
# Narration: short sentences, shown before anything is typed.
echo madvise > /sys/kernel/mm/transparent_hugepage/enabled
spawn app
mmap app buf 4M

# A question is asked before the lines below it are run.
predict slots app buf
touch app buf 2M

# The task. Goals are expectations; the host must fulfil all of them.
goal slots app buf == FH
hint The second half of the buffer has not been touched yet.
hint Advice must come before the first touch.
solution madvise app buf+2M 2M hugepage
solution touch app buf+2M 2M

# What is told when the goals are reached.
"""


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("words", metavar="N", nargs="*", help="a lesson by number, name or file; stop, new, check")
    parser.add_argument("--grade", action="store_true", help="what saved sessions reached, as JSON")
    json_argument(parser)


def run(call: Call) -> int | None:
    """List the course, begin a lesson, or write, check and grade."""
    words = call.option("words")
    if call.option("grade"):
        call.print(json.dumps([grade(call.session, path) for path in _some(words)], indent=2))
        return None
    if not words:
        _list(call)
        return None
    action, rest = words[0], words[1:]
    if action == "new":
        _new(call, rest)
    elif action == "check":
        return _check(call, _some(rest))
    elif rest:
        raise UsageError(f"{rest[0]!r}: expected only one lesson")
    elif action == "stop":
        taking.current(call.session)
        call.session.course = None
    else:
        taking.begin(call.session, find(call, action), call.out)
    return None


def _some(words: list[str]) -> list[str]:
    if not words:
        raise UsageError("expected FILE")
    return words


def find(call: Call, word: str) -> Lesson:
    """The lesson of a number, name or file."""
    session = call.session
    shipped = session.host_files.lessons()
    if word.isdigit():
        if not 1 <= int(word) <= len(shipped):
            raise UsageError(f"{word}: expected a lesson from 1 to {len(shipped)}")
        return taking.open_lesson(session, shipped[int(word) - 1])
    lessons = [taking.open_lesson(session, path) for path in shipped]
    for lesson in lessons:
        if word == lesson.name:
            return lesson
    if "." in word or "/" in word:
        return taking.open_lesson(session, word)
    raise UsageError(f"{word!r}: no such lesson; there are {', '.join(lesson.name for lesson in lessons)}")


def _list(call: Call) -> None:
    """The course in order, with what was done."""
    session = call.session
    done = taking.progress(session)
    course = session.course
    rows = []
    for number, path in enumerate(session.host_files.lessons(), 1):
        lesson = taking.open_lesson(session, path)
        here = course is not None and course.lesson.name == lesson.name and course.machine is session.machine
        mark = "now" if here and course and not course.done else "done" if lesson.name in done else ""
        rows.append((number, lesson.name, mark, lesson.title))
    notes = ("`lesson N` begins one, on a host of its own; `undo` brings yours back.",)
    show(Report(("#", "LESSON", "", "ABOUT"), rows, notes), call.out, as_json=call.option("json"))


def _new(call: Call, words: list[str]) -> None:
    """Write a file to begin with."""
    if len(words) != 1:
        raise UsageError("expected lesson new FILE")
    call.session.host_files.write(words[0], TEMPLATE)
    call.print(f"{words[0]}: a lesson to change; `lesson check {words[0]}` says whether it can be taken")


def _check(call: Call, paths: list[str]) -> int:
    """Say what is wrong with lessons."""
    status = 0
    for path in paths:
        found = complaints(call.session, path)
        for text in found:
            call.print(text)
        if found:
            status = 1
        else:
            call.print(f"{path}: a lesson that can be taken")
    return status


COMMAND = Command(
    name="lesson",
    group="Learning",
    summary="a course in lessons: list it, take one, write one",
    example="lesson",
    arguments=_arguments,
    run=run,
    hints={"words": "lesson"},
    usage=_USAGE,
    details="A lesson tells something, asks what will happen (`predict VALUE`), and sets\n"
    "goals that you reach with any commands you like; `hint`, `goal` and `solution`\n"
    "help. It has a host of its own. What you have done is kept in your state folder.",
)
