"""The three streams of the process, made safe for any text."""

from __future__ import annotations

import io
import os
import sys
from typing import NoReturn


def make_safe() -> None:
    """Print what the terminal cannot show, and read bytes that are no UTF-8, as escapes; a closed stream is empty."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, io.StringIO())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="backslashreplace")


def leave(status: int) -> NoReturn:
    """End the process at once: taking a host of a million objects apart would only cost time."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # nobody reads any more, or the stream was closed
            status = status or 1
    os._exit(status)


def drop_output() -> None:
    """Nobody reads any more: let what is still buffered go nowhere, without a message at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def printable(argv: list[str]) -> list[str]:
    """Arguments with undecodable bytes as escapes."""
    return [word.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") for word in argv]
