"""Completion: the words that could stand where the cursor is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.commands import registry
from thpsh.commands.app import apps_of
from thpsh.errors import KernelError, UsageError
from thpsh.line.filters.known import FILTERS
from thpsh.line.filters.options import NUMBER
from thpsh.record import record
from thpsh.scenario.comparison import OPERATORS
from thpsh.shell.arguments import Arguments, expected_argument
from thpsh.shell.kinds import KINDS, Word, command_names, failures, groups, processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from thpsh.commands.command import Command
    from thpsh.commands.session import Session
    from thpsh.structs.task import Task

_COMMAND_START: Final = re.compile(r"(?:^|&&|\|\||[|;\n]|\bdo\b|(?<!\S)!)\s*")
_TOKEN: Final = re.compile(r"'[^']*'?|\"[^\"]*\"?|>>|[<>]|[^\s'\"<>]+")
_REDIRECTS: Final = (">", ">>", "<")


@record(frozen=True)
class Found:
    """All candidates; `final` is False while a path goes on."""

    words: tuple[Word, ...] = ()
    final: bool = True


def complete_word(session: Session, before: str, text: str) -> Found:
    """Candidates for `text`, typed after `before`."""
    words = _words_of_command(before)
    if text.startswith("/") or (words and words[-1] in _REDIRECTS):
        return paths(session, text)
    return Found(tuple(word for word in _candidates(session, words) if word.text.startswith(text)))


def _words_of_command(before: str) -> list[str]:
    """The words of the simple command that the cursor is in."""
    start = 0
    for match in _COMMAND_START.finditer(before):
        start = match.end()
    return _TOKEN.findall(before[start:])


def _candidates(session: Session, words: list[str]) -> Iterable[Word]:
    """Every word that could come after these."""
    if words == ["fails"]:
        return failures()
    if words[:1] == ["fails"]:
        words = words[2:]
    if not words:
        return command_names()
    if words[0] == "help" and len(words) == 1:
        return command_names()
    if words[0] in _OWN_WAY:
        return _OWN_WAY[words[0]](session, words)
    return _plain(session, words)


def _plain(session: Session, words: list[str]) -> Iterable[Word]:
    """What the parser of a command expects after some words; the options of a filter."""
    if words[0] in FILTERS:
        options = FILTERS[words[0]].options.items()
        return [Word(option.split()[0], option, text) for option, text in options if option != NUMBER]
    command = registry.find(words[0])
    return _arguments(session, command, words) if command is not None else ()


def _expectation(session: Session, words: list[str]) -> Iterable[Word]:
    """After `expect`: a view or subject, then the words of the view and the operators."""
    if len(words) == 1:
        views = [word for word in command_names() if _is_view(word.text)]
        return [*views, Word("trace"), Word("dmesg"), Word("--with"), Word("--without")]
    if words[1:] == ["trace"]:
        return [*KINDS["event"](session, None), Word("show"), Word("lint")]
    command = registry.find(words[1])
    arguments = list(_arguments(session, command, words[1:])) if command is not None else []
    return [*arguments, *(Word(op) for op in OPERATORS)]


def _app(session: Session, words: list[str]) -> Iterable[Word]:
    """After `app`: the apps, then the options of one."""
    apps = apps_of(session)
    if len(words) == 1:
        return [*(Word(name, name, app.summary) for name, app in apps.items()), Word("--file"), Word("--json")]
    options = apps[words[1]].options if words[1] in apps else ()
    return [*(Word(f"--{each.name}", f"--{each.name}", each.help) for each in options), Word("--show"), Word("--json")]


def _cgroup(session: Session, words: list[str]) -> Iterable[Word]:
    """After an action of `cgroup`: the groups there are, then who can be attached."""
    if len(words) == 1:
        return _plain(session, words)
    if len(words) == len(("cgroup", "attach")):
        return groups(session, None) if words[1] != "create" else ()
    return processes(session, None) if words[1] == "attach" else ()


def _trace(session: Session, words: list[str]) -> Iterable[Word]:
    """After `trace locks` a switch, elsewhere what the parser expects."""
    return [Word("on"), Word("off")] if words[1:] == ["locks"] else _plain(session, words)


def _is_view(name: str) -> bool:
    """Does a command only show something?"""
    command = registry.find(name)
    return command is not None and command.group == "Views"


def _arguments(session: Session, command: Command, words: list[str]) -> Iterable[Word]:
    """What the next argument of a command could be."""
    arguments = Arguments(command)
    name, choices = expected_argument(arguments, words[1:])
    if choices:
        return [Word(choice) for choice in choices]
    kind = command.hints.get(name, name)
    provider = KINDS.get(kind)
    if words[-1] in arguments.valued:
        return provider(session, _task(session, arguments, words)) if provider is not None else ()
    options = [Word(option, option, summary) for option, summary in arguments.options.items()]
    if provider is None:
        return options
    return [*provider(session, _task(session, arguments, words)), *options]


def _task(session: Session, arguments: Arguments, words: list[str]) -> Task | None:
    """The process that a command line names already, if it does."""
    place = next((i for i, name in enumerate(arguments.positionals) if name in ("proc", "parent")), None)
    plain = [word for word in words[1:] if not word.startswith("-")]
    if place is None or place >= len(plain):
        return None
    tasks = session.machine.kernel.tasks.values()
    return next((task for task in tasks if plain[place] in (task.name, str(task.pid))), None)


_OWN_WAY: Final[dict[str, Callable[[Session, list[str]], Iterable[Word]]]] = {
    "expect": _expectation,
    "app": _app,
    "cgroup": _cgroup,
    "trace": _trace,
}


def paths(session: Session, text: str) -> Found:
    """Emulated paths that begin with a text, one level at a time."""
    folder, _, start = text.rpartition("/")
    try:
        names = session.vfs.listdir(f"{folder}/")
    except (KernelError, UsageError):
        return Found()
    found = [_path(session, f"{folder}/{name}", name) for name in names if name.startswith(start)]
    return Found(tuple(found), final=not (len(found) == 1 and found[0].text.endswith("/")))


def _path(session: Session, path: str, name: str) -> Word:
    """A path, with a slash at its end if it goes on."""
    try:
        folder = session.vfs.kind(path) == "dir"
    except (KernelError, UsageError):
        folder = False
    end = "/" if folder else ""
    return Word(path + end, name + end)
