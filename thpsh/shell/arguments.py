"""The arguments of a command, as completion needs them: their order, options and choices."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, TypeVar

from thpsh.commands.command import CommandParser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thpsh.commands.command import Command

A = TypeVar("A", bound=argparse.Action)


class Arguments(CommandParser):
    """A parser that notes what it is told instead of parsing."""

    def __init__(self, command: Command) -> None:
        self.positionals: list[str] = []
        self.options: dict[str, str] = {}  # with what they do
        self.valued: dict[str, str] = {}  # option -> name of its value
        self.choices: dict[str, tuple[str, ...]] = {}
        self.noting = False
        super().__init__(prog=command.name, add_help=False, allow_abbrev=False)
        self.noting = True
        command.arguments(self)

    def add_argument_group(self, *words: Any, **options: Any) -> argparse._ArgumentGroup:
        """A command's group is only a heading: what is added to it is added here."""
        if not self.noting:
            return super().add_argument_group(*words, **options)
        return self  # type: ignore[return-value]  # it has the one method that matters

    def add_mutually_exclusive_group(self, **_: Any) -> argparse._MutuallyExclusiveGroup:
        """That one argument excludes another does not matter here."""
        return self  # type: ignore[return-value]  # it has the one method that matters

    def _add_action(self, action: A) -> A:
        """Note an argument."""
        for option in action.option_strings:
            self.options[option] = action.help or ""
            if action.nargs != 0:
                self.valued[option] = action.dest
        if not action.option_strings:
            self.positionals.append(action.dest)
        if action.choices is not None:
            self.choices[action.dest] = tuple(str(choice) for choice in action.choices)
        return super()._add_action(action)


def expected_argument(arguments: Arguments, words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The name and choices of the argument that comes after some words."""
    if words and words[-1] in arguments.valued:
        name = arguments.valued[words[-1]]
        return name, arguments.choices.get(name, ())
    given = 0
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in arguments.valued
        else:
            given += 1
    if not arguments.positionals:
        return "", ()
    name = arguments.positionals[min(given, len(arguments.positionals) - 1)]
    return name, arguments.choices.get(name, ())
