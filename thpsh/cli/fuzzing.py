"""`thpsh fuzz`: random operation scripts, what they break, and the smallest script that breaks it."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, Final

from thpsh.boot import boot
from thpsh.cli.host_files import HostFiles
from thpsh.commands.machine_options import spec_from
from thpsh.errors import UsageError
from thpsh.mm.debug_vm import debug_vm
from thpsh.oracle import comparison, report
from thpsh.oracle.author import Author
from thpsh.oracle.fuzz import run, shrink
from thpsh.oracle.recording import read_recording

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from thpsh.boot import MachineSpec
    from thpsh.machine import Machine
    from thpsh.oracle.fuzz import Attempt, Finding

SCRIPT: Final = 100  # operations on one machine
HOST: Final = "host"  # the word for the machine one sits at
_SHORT: Final = 30  # operations of a script that a real kernel does, too


def fuzz(options: argparse.Namespace) -> int:
    """Run scripts until there were enough operations or one fails; 1 if something was found."""
    if options.ops < 1:
        raise UsageError(f"fuzz: --ops: {options.ops}: expected 1 or more")
    files = HostFiles()
    if options.against and options.against != HOST:
        return _against(options, files)
    spec = spec_from(options, None, files)
    length, attempt = (_SHORT, _on_both) if options.against else (SCRIPT, _on_fresh(spec))
    dice = random.Random(spec.seed)  # the scripts must be repeatable, not secret
    done = 0
    while done < options.ops:
        script = Author(dice).write(min(length, options.ops - done))
        found = attempt(script)
        if found is not None:
            smallest = shrink(found, attempt)
            output = options.output or f"fuzz-{spec.seed}.ops"
            files.write(output, "".join(f"{line}\n" for line in (f"# {smallest.problem}", *smallest.lines)))
            sys.stdout.write(f"operation {done + len(found.lines)}: {found.problem}\n")
            sys.stdout.write(f"shrunk to {len(smallest.lines)} operations: {output}\n")
            return 1
        done += len(script)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done} of {options.ops} operations")
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    sys.stdout.write(f"seed {spec.seed}: {done} operations, nothing found\n")
    return 0


def _on_fresh(spec: MachineSpec) -> Attempt:
    """Scripts on emulated hosts, each on a freshly booted one."""
    return lambda lines: run(lines, boot(spec))


def _on_both(lines: Sequence[str]) -> Finding | None:
    """A script on this host and on its emulated copy."""
    from thpsh.cli.record.twin import both

    return both(lines)


def _against(options: argparse.Namespace, files: HostFiles) -> int:
    """Replay recordings with debug_vm after each operation."""
    found = []
    for path in files.recordings(options.against):
        recording = read_recording(path, files.read(path))
        spec = spec_from(options, comparison.recorded_machine(recording), files)
        found.append(comparison.compare(recording, boot(spec), _whole))
        if found[-1].differences:
            sys.stdout.write(report.as_text(found[-1]))
    sys.stdout.write(report.closing_line(found) + "\n")
    return 1 if any(each.differences for each in found) else 0


def _whole(machine: Machine) -> None:
    """Is the host whole?"""
    debug_vm(machine.kernel)
