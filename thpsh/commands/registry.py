"""The commands there are, derived from the files of this folder."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

import thpsh.commands as folder

if TYPE_CHECKING:
    from thpsh.commands.command import Command


def _module(name: str) -> str:
    return f"thpsh.commands.{name}"


@cache
def find(name: str) -> Command | None:
    """The command of a name; only its own file is loaded."""
    if not name.isidentifier() or name.startswith("_") or not name.islower():
        return None
    try:
        module = import_module(_module(name))
    except ModuleNotFoundError as error:
        if error.name != _module(name):
            raise
        return None
    command: Command | None = getattr(module, "COMMAND", None)
    return command if command is not None and command.name == name else None


@cache
def names() -> tuple[str, ...]:
    """The names of all commands, sorted."""
    from pkgutil import iter_modules  # costs 4 ms at start-up, where one command is all that is wanted

    return tuple(sorted(module.name for module in iter_modules(folder.__path__) if find(module.name) is not None))
