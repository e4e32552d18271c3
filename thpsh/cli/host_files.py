"""HostFiles: the one thing that opens files of the host one sits at (decisions.md §16)."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from thpsh.errors import UsageError

SUFFIX: Final = ".thp"


class HostFiles:
    """Reads and writes the host files that a user names on purpose, and finds the shipped scenarios."""

    def read(self, path: str) -> str:
        """The text of a file."""
        try:
            return Path(path).read_text(encoding="utf-8")
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
            Path(path).write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from None
        except ValueError:
            raise UsageError(f"{path!r}: no file can have that name") from None

    def scenarios(self, word: str) -> list[str]:
        """The scenario files that a NAME, FILE or FOLDER stands for; a shipped name comes first."""
        shipped = shipped_scenarios()
        if word in shipped:
            return [_shown(shipped[word])]
        try:
            path = Path(word)
            if word and path.is_dir():
                return self._folder(path)
            if word and path.exists():
                return [word]
        except ValueError:
            raise UsageError(f"{word!r}: no file can have that name") from None
        raise UsageError(f"run: {word!r}: no such file, folder or shipped scenario; shipped: {', '.join(shipped)}")

    def recordings(self, word: str) -> list[str]:
        """The recordings (TRACE.json) that a file or folder stands for."""
        try:
            path = Path(word)
            if word and path.is_dir():
                found = sorted(str(file) for file in path.glob("*.json"))
                if not found:
                    raise UsageError(f"compare: {path}: no recording (*.json) in this folder")
                return found
            if word and path.exists():
                return [word]
        except ValueError:
            raise UsageError(f"{word!r}: no file can have that name") from None
        except OSError as error:
            raise UsageError(f"{word}: {error.strerror}") from None
        raise UsageError(f"compare: {word!r}: no such file or folder")

    @staticmethod
    def _folder(path: Path) -> list[str]:
        """The scenarios of a folder in order."""
        found = sorted(str(file) for file in path.glob(f"*{SUFFIX}"))
        if not found:
            raise UsageError(f"run: {path}: no scenario (*{SUFFIX}) in this folder")
        return found


def shipped_folder() -> Path:
    """Where the scenarios lie: inside an installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "scenarios"
    return installed if installed.is_dir() else package.parent / "scenarios"


def shipped_scenarios() -> dict[str, Path]:
    """The shipped scenarios by name."""
    return {path.name.removesuffix(SUFFIX): path for path in sorted(shipped_folder().glob(f"*{SUFFIX}"))}


def _shown(path: Path) -> str:
    """A path as short as it can be from here."""
    here = Path.cwd()
    return os.path.relpath(path, here) if path.is_relative_to(here) else str(path)
