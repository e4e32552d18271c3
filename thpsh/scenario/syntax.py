"""Syntax of scenario lines: all of them are checked before the first one runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError
from thpsh.line.filters import is_filter
from thpsh.line.lexer import Incomplete
from thpsh.line.parser import parse
from thpsh.line.syntax import For, Literal, Simple
from thpsh.scenario import expect, fails, marks
from thpsh.scenario.place import placed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from thpsh.line.syntax import Script, Word
    from thpsh.scenario.parser import Scenario
    from thpsh.scenario.session import Session

_MAGIC: Final = re.compile(r"[*?\[]")


def complete(text: str) -> bool:
    """Is the text a whole command, or does it need another line? UsageError if it can never be one."""
    try:
        parse(text)
    except Incomplete:
        return False
    return True


def check(scenario: Scenario, session: Session) -> None:
    """ScenarioError at the first command that is unknown or whose words cannot be right."""
    for step in scenario.steps:
        if step.narration:
            continue
        for command in simple_commands(parse(step.text)):
            start = command.words[0].column
            line = step.line + step.text.count("\n", 0, start)
            column = start - step.text.rfind("\n", 0, start)
            with placed(scenario.file, line, column):
                check_words(session, command.words)


def check_words(session: Session, words: Sequence[Word]) -> None:
    """UsageError if a command is unknown or, where its words say all without running anything, wrong."""
    name = literal(words[0])
    if name is None:
        return
    if name == "fails":
        if len(words) < 3:
            raise UsageError("fails: expected ERRNO and a command")
        errno = literal(words[1])
        if errno is not None:
            fails.check_name(errno)
        check_words(session, words[2:])
        return
    if is_filter(name):
        return
    if not session.knows(name):
        raise UsageError(f"{name}: command not found")
    argv = [literal(word) for word in words]
    said = [word for word in argv if word is not None]
    if len(said) < len(argv):
        return
    if name == "expect":
        expectation = expect.check_words(session, said[1:])
        if expectation.op == "+=":
            marks.watch(session, expectation.subject)
    else:
        session.check(said)


def literal(word: Word) -> str | None:
    """The text of a word without variables, substitutions and path patterns; None if it has any."""
    texts = []
    for part in word.parts:
        if not isinstance(part, Literal) or (not part.quoted and _MAGIC.search(part.text)):
            return None
        texts.append(part.text)
    return "".join(texts)


def simple_commands(script: Script) -> Iterator[Simple]:
    """Every simple command of a script that has words, loops and pipelines opened."""
    for each in script.lists:
        for _, pipeline in each.pipelines:
            for command in pipeline.commands:
                if isinstance(command, For):
                    yield from simple_commands(command.body)
                elif command.words:
                    yield command


def inner_runs(scenario: Scenario) -> Iterator[tuple[int, str]]:
    """The scenarios that a scenario runs, with the line that does it."""
    for step in scenario.steps:
        if step.narration:
            continue
        for command in simple_commands(parse(step.text)):
            said = [literal(word) for word in command.words]
            if said[0] == "run":
                yield from ((step.line, word) for word in said[1:] if word is not None and not word.startswith("-"))
