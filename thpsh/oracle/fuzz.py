"""Runs operation scripts with debug_vm after each step, and makes a script that fails as small as it can be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.errors import KernelError, ModelBug, UsageError
from thpsh.fs.vfs import Vfs
from thpsh.mm.debug_vm import debug_vm
from thpsh.oracle.outcome import Outcome
from thpsh.oracle.recording import Operation
from thpsh.oracle.replay import Replay
from thpsh.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from thpsh.machine import Machine

    Attempt = Callable[[Sequence[str]], "Finding | None"]

_LENGTH: Final = re.compile(r"(?<=[ +])(\d+)([KM])(?= |$)")
_PAGE_KB: Final = 4


@record(frozen=True)
class Finding:
    """A script that the emulator cannot do without contradicting itself."""

    lines: tuple[str, ...]  # up to the one at which it was noticed
    kind: str  # of the error
    problem: str


def run(lines: Sequence[str], machine: Machine) -> Finding | None:
    """Do a script on a freshly booted machine; None if every step leaves the host whole."""
    try:
        replay = Replay(machine, Vfs(machine))
    except KernelError as error:
        raise UsageError(f"fuzz: this machine does not let the recorder set the THP policy: {error}") from None
    for index, line in enumerate(lines):
        try:
            replay.do(Operation(index, line, Outcome()))
            debug_vm(machine.kernel)
        except ModelBug as error:
            return Finding(tuple(lines[: index + 1]), "ModelBug", str(error))
        except Exception as error:
            return Finding(tuple(lines[: index + 1]), type(error).__name__, f"{type(error).__name__}: {error}")
    return None


def shrink(finding: Finding, attempt: Attempt) -> Finding:
    """The smallest script found that fails with the same kind of error: fewer operations, then smaller sizes."""
    while True:
        smaller = _smaller_sizes(_fewer_lines(finding, attempt), attempt)
        if smaller.lines == finding.lines:
            return smaller
        finding = smaller


def _same(lines: Sequence[str], finding: Finding, attempt: Attempt) -> Finding | None:
    """The finding of a changed script, if it is of the same kind."""
    found = attempt(lines)
    return found if found is not None and found.kind == finding.kind else None


def _fewer_lines(finding: Finding, attempt: Attempt) -> Finding:
    """Delta debugging: leave out runs of operations, long ones first."""
    step = len(finding.lines) // 2
    while step:
        place = 0
        while place < len(finding.lines):
            found = _same(finding.lines[:place] + finding.lines[place + step :], finding, attempt)
            if found is None:
                place += step
            else:
                finding = found
        step //= 2
    return finding


def _smaller_sizes(finding: Finding, attempt: Attempt) -> Finding:
    """Halve each size and offset as long as the script still fails."""
    for index in range(len(finding.lines)):
        number = 0
        while index < len(finding.lines):
            lines = list(finding.lines)
            smaller = _halved(lines[index], number)
            if smaller is None:
                break
            lines[index] = smaller
            found = _same(lines, finding, attempt) if lines != list(finding.lines) else None
            if found is None:
                number += 1
            else:
                finding = found
    return finding


def _halved(line: str, number: int) -> str | None:
    """The line with one of its sizes half as long, in whole pages; None if it has not so many sizes."""
    sizes = list(_LENGTH.finditer(line))
    if number >= len(sizes):
        return None
    size = sizes[number]
    kb = int(size[1]) * (1024 if size[2] == "M" else 1)
    half = max(kb // 2 // _PAGE_KB, 1) * _PAGE_KB
    return f"{line[: size.start()]}{half}K{line[size.end() :]}"
