"""`thpsh compare`: recordings of a real kernel from files, what differs, and the exit status."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from thpsh.boot import boot
from thpsh.cli.host_files import HostFiles
from thpsh.commands.machine_options import spec_from
from thpsh.oracle import comparison as oracle
from thpsh.oracle import report
from thpsh.oracle.recording import read_recording
from thpsh.oracle.seed_changes import behind
from thpsh.record import replace

if TYPE_CHECKING:
    import argparse

    from thpsh.boot import MachineSpec
    from thpsh.oracle.differ import Difference
    from thpsh.oracle.recording import Recording


NAMED: Final = 20  # recordings up to which the changes behind differences are looked for: a replay for each change


def compare(options: argparse.Namespace) -> int:
    """Read all recordings, replay each on a machine of its own, report; 1 if anything differs."""
    files = HostFiles()
    paths = [path for word in options.words for path in files.recordings(word)]
    recordings = [read_recording(path, files.read(path)) for path in paths]
    specs = [spec_from(options, oracle.recorded_machine(recording), files) for recording in recordings]
    comparisons = []
    for recording, spec in zip(recordings, specs, strict=True):
        comparisons.append(_compared(recording, spec, name_changes=len(recordings) <= NAMED))
        if not options.json:
            sys.stdout.write(report.as_text(comparisons[-1]))
    if options.json:
        sys.stdout.write(report.as_json(comparisons))
    out = sys.stderr if options.json else sys.stdout
    out.write(report.closing_line(comparisons) + "\n")
    return 1 if any(each.differences for each in comparisons) else 0


def _compared(recording: Recording, spec: MachineSpec, *, name_changes: bool) -> oracle.Comparison:
    """One recording on a machine of its own; what the kernel's own changes are behind is named."""

    def again(other: MachineSpec) -> tuple[Difference, ...]:
        return oracle.compare(recording, boot(other)).differences

    found = oracle.compare(recording, boot(spec))
    return replace(found, seed=behind(found.differences, spec, again)) if name_changes else found
