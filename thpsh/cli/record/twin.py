"""The same script on this host and on the emulator: what is otherwise here without a known reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from thpsh.boot import boot
from thpsh.cli.record.knobs import Knobs
from thpsh.cli.record.main import check, recorded
from thpsh.mm.debug_vm import debug_vm
from thpsh.oracle.comparison import compare, recorded_machine
from thpsh.oracle.fuzz import Finding
from thpsh.oracle.recording import read_recording
from thpsh.oracle.script import without_knobs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thpsh.boot import MachineSpec
    from thpsh.machine import Machine

NAME = "this host"


def both(lines: Sequence[str], spec: MachineSpec | None = None) -> Finding | None:
    """Record a script here, replay it on the emulator; the first difference that no later change explains."""
    script = without_knobs(lines)
    check(script, allow_knobs=False)
    recording = read_recording(NAME, json.dumps(recorded("fuzz", script, Knobs())))
    found = compare(recording, boot(spec or recorded_machine(recording)), _whole)
    for difference, reason in zip(found.differences, found.reasons, strict=True):
        if not reason:
            kind = f"{difference.operation.split()[0]} {difference.what.rpartition(' ')[2]}"
            problem = f"{difference.what}: {difference.expected} on {recording.kernel}, {difference.found} on 3.0"
            return Finding(tuple(script[: difference.index + 1]), kind, problem)
    return None


def _whole(machine: Machine) -> None:
    """Is the emulated host whole?"""
    debug_vm(machine.kernel)
