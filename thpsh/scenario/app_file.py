"""App files (`*.app`): a program's access pattern as command lines, and the options it has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from thpsh.errors import UsageError
from thpsh.line.parser import parse as parse_line
from thpsh.line.syntax import Arithmetic, For, Named, Operation, Substitution, Variable
from thpsh.record import record
from thpsh.scenario import front_matter, syntax
from thpsh.scenario.parser import Scenario, body, plain_text
from thpsh.scenario.place import ScenarioError, placed
from thpsh.structs.sizes import parse_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from thpsh.line.syntax import Expression, Script, Word
    from thpsh.scenario.session import Session

KINDS: Final = ("size", "percent", "count", "word")
RESERVED: Final = ("file", "show", "json", "help")  # options that every app has
_KEYS: Final = ("summary", "options")
_OPTION_KEYS: Final = ("default", "kind", "help")
_REFUSED: Final = ("app", "run", "expect", "fails", "mark", "undo", "redo", "snapshot", "boot", "reset", "quit")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_MOST: Final = 100_000


@record(frozen=True)
class Option:
    """One option of an app."""

    name: str
    kind: str
    default: str
    help: str

    def value(self, word: str) -> str:
        """What `$name` stands for when the option is given as this word; UsageError says what was expected."""
        if self.kind == "size":
            if not parse_size(word):
                raise UsageError(f"{word!r}: expected a size above 0")
        elif self.kind == "percent":
            number = word.removesuffix("%")
            if not number.isdecimal() or int(number[:4]) > 100:
                raise UsageError(f"{word!r}: expected a percentage, 0% to 100%")
            return str(int(number))
        elif self.kind == "count" and not (word.isdecimal() and 1 <= int(word[:9]) <= _MOST):
            raise UsageError(f"{word!r}: expected a whole number, 1 to {_MOST}")
        return word


@record(frozen=True)
class App:
    """An app file, read and checked."""

    name: str
    summary: str
    options: tuple[Option, ...]
    lines: Scenario

    def values(self, given: Mapping[str, str]) -> dict[str, str]:
        """What each `$name` in the lines stands for, defaults included; UsageError names the option that is wrong."""
        found = {}
        for option in self.options:
            try:
                found[option.name] = option.value(given.get(option.name, option.default))
            except UsageError as error:
                raise UsageError(f"--{option.name} {error}") from None
        return found


def read_app(file: str, text: str, session: Session) -> App:
    """Read an app file; ScenarioError names file, line and column of what is wrong in it."""
    text = plain_text(file, text)
    toml, taken = front_matter.split(file, text)
    table = front_matter.load(file, toml)
    _refuse_unknown(file, toml, table, _KEYS)
    summary = table.get("summary")
    if not isinstance(summary, str) or not summary:
        raise ScenarioError(file, 1, 1, 'front matter: expected summary = "what the program does"')
    options = table.get("options", {})
    if not isinstance(options, dict):
        raise _wrong(file, toml, "options", "expected tables like [options.size]")
    name = re.split(r"[\\/]", file)[-1].partition(".")[0]
    lines = Scenario(file, front_matter.FrontMatter(title=name), body(file, text, taken, syntax.complete))
    app = App(name, summary, tuple(_option(file, toml, *item) for item in options.items()), lines)
    _check_lines(app, session)
    return app


def _option(file: str, toml: str, name: str, table: Any) -> Option:
    """One option; each of its keys is wanted, and its default has to be of its kind."""
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise _wrong(file, toml, "options", f"{name!r}: expected another name: small letters, digits and _")
    if not isinstance(table, dict):
        raise _wrong(file, toml, name, "expected a table with default, kind and help")
    _refuse_unknown(file, toml, table, _OPTION_KEYS)
    for key in _OPTION_KEYS:
        if not isinstance(table.get(key), str):
            raise _wrong(file, toml, f"options.{name}", f'expected {key} = "…", a text')
    if table["kind"] not in KINDS:
        raise _wrong(file, toml, f"options.{name}", f"kind {table['kind']!r}: expected one of {', '.join(KINDS)}")
    option = Option(name, table["kind"], table["default"], table["help"])
    try:
        option.value(option.default)
    except UsageError as error:
        raise _wrong(file, toml, f"options.{name}", f"default {error}") from None
    return option


def _refuse_unknown(file: str, toml: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            raise _wrong(file, toml, key, f"unknown key; expected one of {', '.join(known)}")


def _wrong(file: str, toml: str, key: str, said: str) -> ScenarioError:
    return ScenarioError(file, *front_matter.place_of(toml, key), f"front matter: {key}: {said}")


def _check_lines(app: App, session: Session) -> None:
    """ScenarioError at a variable nobody sets, or at a command that has no place in an app."""
    syntax.check(app.lines, session)
    known = {option.name for option in app.options}
    for step in app.lines.steps:
        if step.narration:
            continue
        script = parse_line(step.text)
        with placed(app.lines.file, step.line):
            for command in syntax.simple_commands(script):
                name = syntax.literal(command.words[0])
                if name in _REFUSED:
                    raise UsageError(f"{name}: expected a command that an app can be made of")
            _check_variables(script, known)


def _check_variables(script: Script, known: set[str]) -> None:
    for each in script.lists:
        for _, pipeline in each.pipelines:
            for command in pipeline.commands:
                if isinstance(command, For):
                    _check_words(command.words, known)
                    known.add(command.name)
                    _check_variables(command.body, known)
                    continue
                targets = [redirect.target for redirect in command.redirects if redirect.target is not None]
                _check_words((*command.words, *(word for _, word in command.assignments), *targets), known)
                known.update(name for name, _ in command.assignments)


def _check_words(words: tuple[Word, ...], known: set[str]) -> None:
    for part in (part for word in words for part in word.parts):
        if isinstance(part, Substitution):
            _check_variables(part.body, known)
        names = [part.name] if isinstance(part, Variable) else []
        names += _named(part.body) if isinstance(part, Arithmetic) else []
        for name in names:
            if name not in known and name != "?":
                raise UsageError(f"${name}: expected an option of the app or the variable of a loop")


def _named(expression: Expression) -> Iterator[str]:
    """The variables of an arithmetic expression."""
    if isinstance(expression, Named):
        yield expression.name
    elif isinstance(expression, Operation):
        yield from _named(expression.left)
        yield from _named(expression.right)
