"""HostFiles: the one thing that opens files of the host one sits at (decisions.md §16)."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

SCENARIO: Final = ".thp"
RECORDING: Final = ".json"
LESSONS: Final = "lessons"
APPS: Final = "apps"
APP: Final = ".app"


class HostFiles:
    """Reads and writes the host files that a user names on purpose, and finds the shipped scenarios."""

    def read(self, path: str) -> str:
        """The text of a file."""
        try:
            with open(path, encoding="utf-8") as file:
                return file.read()
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise UsageError(f"{path}: not UTF-8 text at byte {error.start}") from None
        except ValueError:
            raise UsageError(f"{path!r}: no file can have that name") from None

    def write(self, path: str, text: str) -> None:
        """Write a file anew; `-` is standard output."""
        if path == "-":
            sys.stdout.write(text)
            return
        try:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from None
        except ValueError:
            raise UsageError(f"{path!r}: no file can have that name") from None

    def tree(self, folder: str, wanted: Callable[[str], bool]) -> dict[str, str]:
        """The texts of the files below a folder whose path in it is wanted; what cannot be read is left out."""
        if not os.path.isdir(folder):
            raise UsageError(f"{folder}: no such folder")
        found = {}
        for where, _, names in sorted(os.walk(folder)):
            for name in sorted(names):
                path = os.path.join(where, name)
                inside = os.path.relpath(path, folder)
                if wanted(inside) and os.path.isfile(path):
                    with contextlib.suppress(UsageError):
                        found[inside] = self.read(path)
        return found

    def scenarios(self, word: str) -> list[str]:
        """The scenario files that a NAME, FILE or FOLDER stands for; a shipped name comes first."""
        shipped, folders = shipped_scenarios(), shipped_folders()
        if word in shipped:
            return [_shown(shipped[word])]
        if word in folders:
            return [_shown(path) for path in _folder(folders[word], SCENARIO)]
        found = _named(word, SCENARIO)
        if found is None:
            known = ", ".join([*(name for name in shipped if "/" not in name), *folders])
            raise UsageError(f"run: {word!r}: no such file, folder or shipped scenario; shipped: {known}")
        if not found:
            raise UsageError(f"run: {word}: no scenario (*{SCENARIO}) in this folder")
        return found

    def shipped(self) -> list[str]:
        """The names of the shipped scenarios."""
        return [*shipped_scenarios(), *shipped_folders()]

    def apps(self) -> dict[str, str]:
        """The paths of the shipped apps by name."""
        paths = _folder(os.path.join(shipped_folder(), APPS), APP)
        return {os.path.basename(path).removesuffix(APP): _shown(path) for path in paths}

    def lessons(self) -> list[str]:
        """The files of the shipped course, in order."""
        return [_shown(path) for path in _folder(os.path.join(shipped_folder(), LESSONS), SCENARIO)]

    def read_state(self, name: str) -> str:
        """What was kept under a name in the user's state folder; empty if nothing was."""
        try:
            with open(os.path.join(_state_folder(), name), encoding="utf-8") as file:
                return file.read()
        except (OSError, UnicodeDecodeError):
            return ""

    def write_state(self, name: str, text: str) -> None:
        """Keep a text under a name in the user's state folder; a folder that cannot be written keeps nothing."""
        with contextlib.suppress(OSError):
            os.makedirs(_state_folder(), exist_ok=True)
            with open(os.path.join(_state_folder(), name), "w", encoding="utf-8") as file:
                file.write(text)

    def recordings(self, word: str) -> list[str]:
        """The recordings (TRACE.json) that a file or folder stands for."""
        found = _named(word, RECORDING)
        if found is None:
            raise UsageError(f"compare: {word!r}: no such file or folder")
        if not found:
            raise UsageError(f"compare: {word}: no recording (*{RECORDING}) in this folder")
        return found


def _state_folder() -> str:
    """Where this user's progress is kept (XDG base directories)."""
    base = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(base, "thpsh")


def _named(word: str, suffix: str) -> list[str] | None:
    """The file itself, or the files of a folder that end in a suffix; None if there is neither."""
    try:
        if os.path.isdir(word):
            return _folder(word, suffix)
        return [word] if os.path.exists(word) else None
    except ValueError:
        raise UsageError(f"{word!r}: no file can have that name") from None
    except OSError as error:
        raise UsageError(f"{word}: {error.strerror}") from None


def _folder(folder: str, suffix: str) -> list[str]:
    """The files of a folder that end in a suffix, in order."""
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(suffix)]


def shipped_folder() -> str:
    """Where the scenarios lie: inside an installed package, or at the top of a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    installed = os.path.join(package, "scenarios")
    return installed if os.path.isdir(installed) else os.path.join(os.path.dirname(package), "scenarios")


def shipped_scenarios() -> dict[str, str]:
    """The paths of the shipped scenarios by name; those in folders are named `seed/NAME`."""
    found = {"": shipped_folder(), **shipped_folders()}
    return {
        os.path.join(folder, os.path.basename(path).removesuffix(SCENARIO)): path
        for folder, where in found.items()
        for path in _folder(where, SCENARIO)
    }


def shipped_folders() -> dict[str, str]:
    """The paths of the folders of shipped scenarios by name."""
    root = shipped_folder()
    names = sorted(os.listdir(root)) if os.path.isdir(root) else []
    paths = {name: os.path.join(root, name) for name in names}
    return {name: path for name, path in paths.items() if os.path.isdir(path) and _folder(path, SCENARIO)}


def _shown(path: str) -> str:
    """A path as short as it can be from here."""
    here = os.getcwd()
    return os.path.relpath(path, here) if path.startswith(os.path.join(here, "")) else path
