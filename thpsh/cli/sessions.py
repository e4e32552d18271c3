"""Sessions without a terminal: one line (`-c`), or lines from standard input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, TypeVar

from thpsh.boot import boot
from thpsh.cli.host_files import HostFiles
from thpsh.commands.machine_options import spec_from
from thpsh.commands.session import Session
from thpsh.errors import UsageError
from thpsh.line.parser import incomplete

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from thpsh.boot import MachineSpec
    from thpsh.line.environment import Sink

S = TypeVar("S", bound=Session)
LONGEST: Final = 1000  # lines of one command


def session_for(spec: MachineSpec, files: HostFiles) -> Session:
    """A session on a freshly booted machine."""
    return Session(boot(spec), files, spec)


def open_session(options: argparse.Namespace, kind: type[S]) -> S:
    """The session that the command line asks for."""
    files = HostFiles()
    spec = spec_from(options, None, files)
    machine = boot(spec)
    sys.stderr.write("".join(f"{note}\n" for note in (*spec.notes, *machine.selection.notes)))
    return kind(machine, files, spec, host_program if options.host_pipes else None)


def host_program(argv: Sequence[str], text: str, out: Sink) -> int:
    """Run a program of the host with text as its input (`--host-pipes`)."""
    import subprocess

    try:
        done = subprocess.run(argv, input=text, capture_output=True, text=True, errors="backslashreplace", check=False)
    except OSError as error:
        raise UsageError(f"{argv[0]}: {error.strerror}") from None
    out.write(done.stdout)
    sys.stderr.write(done.stderr)
    return done.returncode


def run_line(session: Session, line: str) -> int:
    """Run what `-c` was given and return its status."""
    return session.execute(line, sys.stdout, sys.stderr)


def run_lines(session: Session, lines: Iterable[str]) -> int:
    """Run lines as they come; a command takes as many as it needs. Returns the status of the last."""
    status = 0
    waiting: list[str] = []
    for line in lines:
        waiting.append(line.rstrip("\r\n"))
        text = "\n".join(waiting)
        if incomplete(text) and len(waiting) < LONGEST:
            continue
        waiting.clear()
        if text.strip():
            status = session.execute(text, sys.stdout, sys.stderr)
            sys.stdout.flush()
        if session.leaving:
            return status
    if waiting:
        status = session.execute("\n".join(waiting), sys.stdout, sys.stderr)
    return status
