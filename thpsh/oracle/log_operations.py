"""The kernel log as recordings tell it: new lines only, without what differs from host to host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.oracle.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.oracle.recorder import Process, Recorder
    from thpsh.oracle.reply import Handler
    from thpsh.oracle.words import Words

PROGRAM: Final = "exe"  # how the kernel named the recorder's processes
_FRAME_NUMBER: Final = re.compile(r"(MCE 0x|for page |offlining page |soft_offline: 0x)[0-9a-f]{3,}")
_NUMBER: Final = re.compile(r"(?<![0-9x])[0-9]+(?![0-9a-fx])")


def _dmesg(recorder: Recorder, words: Words) -> Reply:
    del words
    lines = [text for _, text in recorder.machine.dmesg.lines[recorder.logged :]]
    recorder.logged += len(lines)
    known = recorder.everybody
    return Reply({"value": "".join(f"{_told(line, known)}\n" for line in lines)})


def _told(line: str, known: Mapping[int, Process]) -> str:
    """A line with pids as {NAME}, program names as the recorder's was, and frame numbers as PFN."""
    for pid, process in known.items():
        line = line.replace(f"{process.name}:{pid}", f"{PROGRAM}:{pid}")
        line = line.replace(f"{pid} ({process.name})", f"{pid} ({PROGRAM})")
        for said in (f"{process.name} invoked", f"{process.name} cpuset"):
            if line.startswith(said):
                line = line.replace(process.name, PROGRAM, 1)
        line = line.replace(f"Pid: {pid}, comm: {process.name} ", f"Pid: {pid}, comm: {PROGRAM} ")
    line = _NUMBER.sub(lambda found: _name(found[0], known), line)
    return _FRAME_NUMBER.sub(r"\1PFN", line)


def _name(number: str, known: Mapping[int, Process]) -> str:
    process = known.get(int(number))
    return f"{{{process.name}}}" if process is not None else number


LOG_OPERATIONS: Final[Mapping[str, Handler]] = {"dmesg": _dmesg}
