"""`thpsh record`: read a script, check what it wants, run it on this host, write the recording."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from thpsh.cli.host_files import HostFiles
from thpsh.cli.record.knobs import Knobs, Terminated, check_path, end_on_signals
from thpsh.cli.record.operations import KNOWN, LEFT_OUT
from thpsh.cli.record.recorder import HostRecorder, has_huge_pages, memory
from thpsh.errors import UsageError
from thpsh.oracle.script import check_memory, knob_write, read_script

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

ENDED = 143


def record(options: argparse.Namespace) -> int:
    """Record one script; 0 when the recording is written."""
    files = HostFiles()
    lines = read_script(files.read(options.script))
    check(lines, allow_knobs=options.allow_knobs)
    case = os.path.basename(options.script).removesuffix(".ops")
    end_on_signals()
    try:
        trace = recorded(case, lines, Knobs(), prelude=options.allow_knobs)
    except Terminated as reason:
        sys.stderr.write(f"record: ended by {reason}; the host is as it was\n")
        return ENDED
    output = options.output or f"{case}.json"
    files.write(output, as_text(trace))
    skipped = sum("skipped" in each for each in trace["ops"])
    left = f", {skipped} left out" if skipped else ""
    sys.stderr.write(f"recorded {len(lines)} operations{left} on Linux {trace['kernel']}: {output}\n")
    return 0


def check(lines: list[str], *, allow_knobs: bool) -> None:
    """Refuse what this host cannot do or the user has not allowed."""
    if not sys.platform.startswith("linux") or not has_huge_pages():
        raise UsageError("record: this machine has no Linux with transparent huge pages of 2 MiB")
    if not lines:
        raise UsageError("record: the script has no operations")
    for line in lines:
        if line.split()[0] not in KNOWN:
            expected = ", ".join(sorted(KNOWN - LEFT_OUT.keys()))
            raise UsageError(f"record: {line}: no such operation; expected one of {expected}")
    knob = knob_write(lines)
    if knob is not None and not allow_knobs:
        raise UsageError(f"record: {knob}: changes a setting of this machine; --allow-knobs lets it, and puts it back")
    if allow_knobs and os.geteuid():
        raise UsageError("record: --allow-knobs needs root")
    for line in lines:
        words = line.split()
        if words[0] == "write" and len(words) > 1:
            check_path(words[1])
    check_memory(lines, memory("MemAvailable"))


def recorded(case: str, lines: Sequence[str], knobs: Knobs, *, prelude: bool = False) -> dict[str, Any]:
    """The recording of a script; whatever happens, no process and no changed setting stays behind."""
    host = None
    try:
        host = HostRecorder(knobs, prelude=prelude)
        return {**host.head(case), "ops": host.run(lines)}
    finally:
        if host is not None:
            host.end()
        knobs.restore()


def as_text(trace: dict[str, Any]) -> str:
    """A recording as JSON, one operation a line."""
    head = json.dumps({name: value for name, value in trace.items() if name != "ops"})
    operations = ",\n".join(json.dumps(each, separators=(",", ":")) for each in trace["ops"])
    return f'{head[:-1]}, "ops": [\n{operations}\n]}}\n'
