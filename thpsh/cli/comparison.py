"""`thpsh compare`: recordings of a real kernel from files, what differs, and the exit status."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from thpsh.boot import boot
from thpsh.cli.host_files import HostFiles
from thpsh.commands.machine_options import spec_from
from thpsh.oracle import comparison as oracle
from thpsh.oracle import report
from thpsh.oracle.recording import read_recording

if TYPE_CHECKING:
    import argparse


def compare(options: argparse.Namespace) -> int:
    """Read all recordings, replay each on a machine of its own, report; 1 if anything differs."""
    files = HostFiles()
    paths = [path for word in options.words for path in files.recordings(word)]
    recordings = [read_recording(path, files.read(path)) for path in paths]
    specs = [spec_from(options, oracle.recorded_machine(recording), files) for recording in recordings]
    comparisons = []
    for recording, spec in zip(recordings, specs, strict=True):
        comparisons.append(oracle.compare(recording, boot(spec)))
        if not options.json:
            sys.stdout.write(report.as_text(comparisons[-1]))
    if options.json:
        sys.stdout.write(report.as_json(comparisons))
    out = sys.stderr if options.json else sys.stdout
    out.write(report.closing_line(comparisons) + "\n")
    return 1 if any(each.differences for each in comparisons) else 0
