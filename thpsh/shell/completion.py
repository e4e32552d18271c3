"""Completion: the words that could stand where the cursor is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.commands import registry
from thpsh.commands.app import apps_of
from thpsh.errors import Errno, KernelError, UsageError
from thpsh.explain.counter import names
from thpsh.line.filters import FILTERS
from thpsh.mm.madvise import NAMES
from thpsh.record import record
from thpsh.releases import CHANGES, known_releases
from thpsh.scenario.comparison import OPERATORS
from thpsh.scenario.lesson import name_of as read_name
from thpsh.scenario.subjects import event_names
from thpsh.shell.arguments import Arguments, expected_argument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from thpsh.commands.command import Command
    from thpsh.commands.session import Session
    from thpsh.structs.task import Task

_COMMAND_START: Final = re.compile(r"(?:^|&&|\|\||[|;\n]|\bdo\b|(?<!\S)!)\s*")
_TOKEN: Final = re.compile(r"'[^']*'?|\"[^\"]*\"?|>>|[<>]|[^\s'\"<>]+")
_REDIRECTS: Final = (">", ">>", "<")


@record(frozen=True)
class Word:
    """One candidate: what it inserts, what the list shows, and what is said about it."""

    text: str
    shown: str = ""
    meta: str = ""


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
    if words[:1] == ["fails"]:
        words = words[2:] if len(words) > 1 else words
    if not words:
        return command_names()
    if words[0] == "help" and len(words) == 1:
        return command_names()
    if words[0] == "expect":
        return _expectation(session, words)
    if words[0] == "app":
        return _app(session, words)
    if words[0] in FILTERS:
        return ()
    command = registry.find(words[0])
    return _arguments(session, command, words) if command is not None else ()


def command_names() -> list[Word]:
    """Commands and filters with what they do."""
    found = [(name, _summary(name)) for name in registry.names()]
    found += [(name, each.summary) for name, each in FILTERS.items()]
    return [Word(name, name, summary) for name, summary in sorted(found)]


def _summary(name: str) -> str:
    """What a command does."""
    command = registry.find(name)
    return command.summary if command is not None else ""


def _expectation(session: Session, words: list[str]) -> Iterable[Word]:
    """After `expect`: a view or subject, then the words of the view and the operators."""
    if len(words) == 1:
        views = [word for word in command_names() if _is_view(word.text)]
        return [*views, Word("trace"), Word("dmesg"), Word("--with"), Word("--without")]
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
    options = [Word(option, option, summary) for option, summary in arguments.options.items()]
    provider = KINDS.get(kind)
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


def _processes(session: Session, _: Task | None) -> list[Word]:
    """Names of the living processes that have memory."""
    tasks = session.machine.kernel.tasks.values()
    return [Word(task.name, task.name, f"pid {task.pid}") for task in tasks if task.mm is not None and not task.dead]


def _regions(_: Session, task: Task | None) -> list[Word]:
    """Names of the regions of a process."""
    if task is None:
        return []
    named = [Word(name, name, f"{region.length >> 10} KiB") for name, region in task.regions.items()]
    return [*named, Word("heap"), Word("stack")]


def _advice(_: Session, __: Task | None) -> list[Word]:
    """The words of madvise."""
    return [Word(name) for name in sorted(set(NAMES.values()))]


def _changes(_session: Session, _: Task | None) -> list[Word]:
    """The commits of the history by number, and the other changes by id."""
    return [Word(change.name, change.name, change.summary) for change in CHANGES]


def _lessons(session: Session, _: Task | None) -> list[Word]:
    """The shipped lessons by name, and what else can be done with lessons."""
    shipped = [read_name(path) for path in session.host_files.lessons()]
    return [Word(name) for name in (*shipped, "stop", "new", "check")]


KINDS: Final[dict[str, Callable[[Session, Task | None], list[Word]]]] = {
    "proc": _processes,
    "region": _regions,
    "addr": _regions,
    "advice": _advice,
    "command": lambda _session, _task: command_names(),
    "scenario": lambda session, _task: [Word(name) for name in session.host_files.shipped()],
    "change": _changes,
    "lesson": _lessons,
    "explained": lambda session, task: [*_processes(session, task), *map(Word, names())],
    "errno": lambda _session, _task: [Word(each.name, each.name, each.message) for each in Errno],
    "revert": _changes,
    "apply": _changes,
    "kernel": lambda _session, _task: [Word(name) for name in known_releases()],
    "event": lambda _session, _task: [Word(name) for name in sorted(event_names())],
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
