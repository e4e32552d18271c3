"""Scenario files (`*.thp`): front matter, narration and the lines one types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.record import record
from thpsh.scenario import front_matter
from thpsh.scenario.place import ScenarioError, placed

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.scenario.front_matter import FrontMatter

SUFFIX: Final = ".thp"
LONGEST: Final = 1000  # lines of one command
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@record(frozen=True)
class Step:
    """One command, perhaps of several lines, or one line of narration."""

    line: int  # of the file, 1 is the first
    text: str
    narration: bool = False


@record(frozen=True)
class Scenario:
    """A scenario file, read."""

    file: str
    front: FrontMatter
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """The file's name without folder and suffix."""
        return self.file.replace("\\", "/").rpartition("/")[2].removesuffix(SUFFIX)

    @property
    def title(self) -> str:
        """Its title, or else its name."""
        return self.front.title or self.name


def parse(file: str, text: str, complete: Callable[[str], bool]) -> Scenario:
    """Read a scenario; `complete` says whether a command needs no further line, and raises UsageError on nonsense."""
    text = plain_text(file, text)
    toml, taken = front_matter.split(file, text)
    front = front_matter.read(file, toml) if taken else front_matter.FrontMatter()
    return Scenario(file, front, body(file, text, taken, complete))


def plain_text(file: str, text: str) -> str:
    """The text of a file with newlines as line ends; ScenarioError at a control byte."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    _refuse_control_bytes(file, text)
    return text


def body(file: str, text: str, taken: int, complete: Callable[[str], bool]) -> tuple[Step, ...]:
    """The commands and narration below a front matter of so many lines."""
    return tuple(_steps(file, text.split("\n"), taken, complete))


def _refuse_control_bytes(file: str, text: str) -> None:
    """ScenarioError at the first control byte other than newline and TAB."""
    match = _CONTROL.search(text)
    if match is None:
        return
    line = text.count("\n", 0, match.start()) + 1
    column = match.start() - text.rfind("\n", 0, match.start())
    raise ScenarioError(file, line, column, f"control byte {ord(match[0]):#04x}; expected plain text")


def _steps(file: str, lines: list[str], first: int, complete: Callable[[str], bool]) -> list[Step]:
    """The commands and narration of the body; a command takes as many lines as it needs."""
    steps: list[Step] = []
    place = first
    while place < len(lines):
        line = lines[place]
        if line.lstrip().startswith("#"):
            steps.append(Step(place + 1, line.strip(), narration=True))
        elif line.strip():
            end = _end_of_command(file, lines, place, complete)
            steps.append(Step(place + 1, "\n".join(lines[place:end])))
            place = end - 1
        place += 1
    return steps


def _end_of_command(file: str, lines: list[str], start: int, complete: Callable[[str], bool]) -> int:
    """The place after the last line of the command that begins at `start`."""
    if lines[start].split(None, 1)[0] == "hint":
        return start + 1  # its words are prose
    for end in range(start + 1, min(len(lines), start + LONGEST) + 1):
        text = "\n".join(lines[start:end])
        with placed(file, start + 1):
            if complete(text):
                return end
    raise ScenarioError(file, start + 1, 1, f"the command has no end: {lines[start].strip()}")
