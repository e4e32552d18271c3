"""Recordings written by hand, and a host to replay them on."""

from __future__ import annotations

import json
from typing import Any

from thpsh.boot import boot
from thpsh.boot.spec import MachineSpec
from thpsh.fs.vfs import Vfs
from thpsh.mm.debug_vm import debug_vm
from thpsh.oracle.comparison import Comparison, compare
from thpsh.oracle.recording import Recording, read_recording
from thpsh.oracle.replay import Replay

GIB = 1 << 30


def text(*ops: dict[str, Any], **head: Any) -> str:
    """A recording as JSON."""
    return json.dumps({"case": "hand", "kernel": "3.0.1", **head, "ops": list(ops)})


def op(line: str, ret: Any = 0, **more: Any) -> dict[str, Any]:
    """One recorded operation."""
    return {"i": 0, "op": line, "ret": ret, **more}


def region(proc: str, name: str, slots: str, n: list[int], *vmas: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One recorded region."""
    return {"proc": proc, "region": name, "slots": slots, "n": n, "vmas": list(vmas), **more}


def vma(off: int, kb: int, perms: str = "rw-p", **fields: int) -> dict[str, Any]:
    """One recorded VMA."""
    return {"off": off, "kB": kb, "perms": perms, **fields}


def recording(*ops: dict[str, Any], **head: Any) -> Recording:
    """A recording as read."""
    return read_recording("hand.json", text(*ops, **head))


def compared(*ops: dict[str, Any], **head: Any) -> Comparison:
    """A recording compared with a fresh host, which is checked after every operation."""
    return compare(recording(*ops, **head), machine(), lambda host: debug_vm(host.kernel))


def machine() -> Any:
    """A small host, booted."""
    return boot(MachineSpec(memory=GIB, cpus=1))


def replay(*lines: str) -> tuple[Replay, list[Any]]:
    """A host after some operations, and their outcomes."""
    host = machine()
    run = Replay(host, Vfs(host))
    outcomes = []
    for operation in recording(*(op(line) for line in lines)).operations:
        outcomes.append(run.do(operation))
        debug_vm(host.kernel)
    return run, outcomes
