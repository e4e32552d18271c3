"""The front door: what each form of the command line does, and with which status the process ends."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Final

from thpsh import __version__
from thpsh.cli import arguments, streams
from thpsh.errors import ModelBug, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141
USAGE: Final = 2


def console() -> None:
    """The command `thpsh`: run, and leave with the status."""
    streams.make_safe()
    streams.leave(main(streams.printable(sys.argv[1:])))


def main(argv: Sequence[str]) -> int:
    """Do what the words ask for and return the exit status; no traceback reaches the user."""
    try:
        status = _dispatch(argv)
        sys.stdout.flush()
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    except ModelBug as error:
        sys.stderr.write(f"thpsh: internal contradiction: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return INTERRUPTED
    except BrokenPipeError:
        streams.drop_output()
        return BROKEN_PIPE
    except OSError as error:  # files of the host name themselves (HostFiles): this is the output
        streams.drop_output()
        sys.stderr.write(f"thpsh: cannot write: {error.strerror or error}\n")
        return 1
    except Exception as error:
        sys.stderr.write(f"thpsh: internal error: {type(error).__name__}: {error}\n")
        return 1
    return status


def _dispatch(argv: Sequence[str]) -> int:
    """Find the form and run it."""
    options = arguments.parse(argv)
    if getattr(options, "version", False):
        sys.stdout.write(f"thpsh {__version__}\n")
        return 0
    forms: dict[str, Callable[[argparse.Namespace], int]] = {
        "": _session,
        "run": _run,
        "compare": _compare,
        "record": _record,
        "bench": _bench,
        "fuzz": _fuzz,
        "lesson": _lesson,
    }
    return forms[options.form](options)


def _session(options: argparse.Namespace) -> int:
    """-c, lines from standard input, or the interactive shell."""
    from thpsh.cli import sessions
    from thpsh.commands.session import Session

    if options.command is not None:
        return sessions.run_line(sessions.open_session(options, Session), options.command)
    if sys.stdin.isatty():
        from thpsh.shell.app import run_shell
        from thpsh.shell.session import ShellSession

        return run_shell(sessions.open_session(options, ShellSession))
    return sessions.run_lines(sessions.open_session(options, Session), sys.stdin)


def _run(options: argparse.Namespace) -> int:
    """`thpsh run`."""
    from thpsh.cli.scenarios import run

    return run(options)


def _compare(options: argparse.Namespace) -> int:
    """`thpsh compare`."""
    from thpsh.cli.comparison import compare

    return compare(options)


def _record(options: argparse.Namespace) -> int:
    """`thpsh record`."""
    from thpsh.cli.record.main import record

    return record(options)


def _bench(options: argparse.Namespace) -> int:
    """`thpsh bench`."""
    from thpsh.cli.bench.main import bench

    return bench(options)


def _fuzz(options: argparse.Namespace) -> int:
    """`thpsh fuzz`."""
    from thpsh.cli.fuzzing import fuzz

    return fuzz(options)


def _lesson(options: argparse.Namespace) -> int:
    """`thpsh lesson`: the command, and the shell after it where a lesson was begun at a terminal."""
    from thpsh.cli import sessions
    from thpsh.commands.session import Session

    line = shlex.join(["lesson", *(["--grade"] if options.grade else []), *options.words])
    if not sys.stdin.isatty() or not options.words or options.grade or options.words[0] in ("new", "check"):
        session = sessions.open_session(options, Session)
        status = sessions.run_line(session, line)
        return sessions.run_lines(session, sys.stdin) if session.course is not None and not status else status
    from thpsh.shell.app import run_shell
    from thpsh.shell.session import ShellSession

    shell = sessions.open_session(options, ShellSession)
    status = sessions.run_line(shell, line)
    return run_shell(shell) if shell.course is not None else status
