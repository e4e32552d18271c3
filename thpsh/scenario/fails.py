"""The `fails` command: a line that must fail with one errno."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, UsageError
from thpsh.scenario.replay import Outcome

if TYPE_CHECKING:
    from thpsh.scenario.session import Session

SIGNALS: Final = ("SIGSEGV", "SIGBUS", "SIGKILL")
_ERRNO: Final = re.compile(r"\((E[A-Z0-9]+)\)")
_SIGNAL: Final = re.compile(r"killed by (SIG[A-Z]+)")


def check_name(name: str) -> None:
    """UsageError unless a command can fail that way."""
    if name not in Errno.__members__ and name not in SIGNALS:
        raise UsageError(
            f"fails: unknown errno {name!r}; expected a name such as EINVAL, or one of {' '.join(SIGNALS)}"
        )


def failure(text: str) -> str:
    """The errno or signal that error output ends in; empty if it names none."""
    names = [*_ERRNO.findall(text), *_SIGNAL.findall(text)]
    return names[-1] if names else ""


def judge(session: Session, name: str, line: str, status: int, errors: str) -> Outcome:
    """Note whether a line that was run failed as expected; `errors` is what it wrote to the error stream."""
    check_name(name)
    found = failure(errors)
    text = f"fails {name} {line}".rstrip()
    place = session.replay.place
    if status and found == name:
        outcome = Outcome(held=True, text=text, expected=name, found=name, place=place)
    else:
        shown = "success" if not status else found or errors.strip() or f"status {status}"
        outcome = Outcome(held=False, text=text, expected=name, found=shown, place=place)
    session.replay.note(outcome)
    return outcome
