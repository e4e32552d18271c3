"""`thpsh run`: scenarios from files, their reports and the exit status."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

from thpsh.cli.host_files import HostFiles
from thpsh.cli.sessions import session_for
from thpsh.commands.machine_options import spec_from, spec_from_keys
from thpsh.scenario import report
from thpsh.scenario.runner import Manner
from thpsh.scenario.suite import Suite

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from thpsh.commands.session import Session
    from thpsh.scenario.runner import Result


def run(options: argparse.Namespace) -> int:
    """Replay, report, and return 1 if anything failed."""
    files = HostFiles()

    def make_session(keys: Mapping[str, Any]) -> Session:
        return session_for(spec_from(options, spec_from_keys(keys), files), files)

    to_stdout = "-" in (options.json, options.junit)
    manner = Manner(options.quiet, options.fail_fast, _wait_for_enter if options.step else None)
    chosen = any(name in options for name in ("kernel", "revert", "apply", "machine"))
    suite = Suite(files, make_session, manner, one_side=chosen)
    results = suite.run(options.words, io.StringIO() if to_stdout else _Console())
    _write_reports(files, options, results)
    if to_stdout:
        sys.stderr.write(report.closing_line(results) + "\n")
    return 1 if any(result.failed for result in results) else 0


class _Console:
    """Standard output, as it is now; what is written is seen at once when somebody watches."""

    def write(self, text: str, /) -> object:
        """Print text."""
        return sys.stdout.write(text)


def _write_reports(files: HostFiles, options: argparse.Namespace, results: Sequence[Result]) -> None:
    """Write the reports that were asked for."""
    if options.json:
        files.write(options.json, report.as_json(results))
    if options.junit:
        files.write(options.junit, report.as_junit(results))


def _wait_for_enter() -> None:
    """Wait until the user has read; the end of input goes on without waiting."""
    sys.stdout.flush()
    sys.stderr.write("[Enter] ")
    sys.stderr.flush()
    sys.stdin.readline()
