"""What failed last, for `why`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from thpsh.errors import KernelError
from thpsh.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from thpsh.commands.session import Session

_ROOMS = ("thpsh.mm.", "thpsh.fs.", "thpsh.machine.")


@record(frozen=True)
class Failure:
    """A command that failed, its error, and the kernel function that said so."""

    line: str
    errno: str  # EINVAL; empty for a word that was not understood
    message: str
    reason: str
    function: str = ""
    models: str = ""  # what the module of that function is for


def failure_of(argv: Sequence[str], error: Exception) -> Failure:
    """The failure of a command that ended with an error."""
    line = " ".join(argv)
    if not isinstance(error, KernelError):
        return Failure(line, "", str(error), "")
    function, models = _raised_in(error.__traceback__)
    return Failure(line, error.errno.name, error.errno.message, error.why, function, models)


@contextmanager
def noted(session: Session, *argv: str) -> Iterator[None]:
    """The failure of what is done inside is remembered under the command that would do the same."""
    try:
        yield
    except KernelError as error:
        session.note_failure(argv, error)
        raise


def _raised_in(trace: TracebackType | None) -> tuple[str, str]:
    """The innermost public function of the model on the way, and the first line of its module's documentation."""
    found = ("", "")
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        name = trace.tb_frame.f_code.co_name
        if module.startswith(_ROOMS) and not name.startswith(("_", "<")):
            text = (getattr(sys.modules.get(module), "__doc__", None) or "").strip().splitlines()
            found = (name, text[0] if text else "")
        trace = trace.tb_next
    return found
