"""The commands there are, derived from the files of this folder."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import thpsh.commands as folder

if TYPE_CHECKING:
    from thpsh.commands.command import Command


def _module(name: str) -> str:
    return f"thpsh.commands.{name.replace('-', '_')}"


@cache
def find(name: str) -> Command | None:
    """The command of a name; only its own file is loaded."""
    if not name.replace("-", "_").isidentifier() or name.startswith("_") or not name.islower():
        return None
    if find_spec(_module(name)) is None:
        return None
    command: Command | None = getattr(import_module(_module(name)), "COMMAND", None)
    return command if command is not None and command.name == name else None


@cache
def names() -> tuple[str, ...]:
    """The names of all commands, sorted."""
    found = (module.name.replace("_", "-") for module in iter_modules(folder.__path__))
    return tuple(sorted(name for name in found if find(name) is not None))
