"""Machines in files: `snapshot export` and `snapshot import`.

The first line is a header in JSON that says what the file is; below it stands the machine, compressed. A file that is
damaged, or of another version of this program, is refused before anything of it is used.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from thpsh.boot.spec import MachineSpec
from thpsh.errors import ModelBug, UsageError
from thpsh.machine import Machine
from thpsh.machine.graph import DamagedError, OtherFieldsError, decode, encode
from thpsh.mm.debug_vm import debug_vm

if TYPE_CHECKING:
    from typing import Any

FORMAT: Final = 2
_LARGEST: Final = 4 << 30  # characters of a machine: nobody's host is unpacked into more


class Header(BaseModel):
    """The first line of a saved machine."""

    model_config = ConfigDict(extra="forbid", strict=True)

    file: Literal["thpsh snapshot"] = "thpsh snapshot"
    format: int = FORMAT
    kernel: str
    time_ns: int
    sha256: str


def export_machine(machine: Machine, spec: MachineSpec | None) -> str:
    """A machine, and what it was booted from, as the text of a file."""
    data = json.dumps(_graph(machine, spec), separators=(",", ":"))
    packed = zlib.compress(data.encode())
    kernel = machine.kernel
    header = Header(kernel=kernel.release, time_ns=kernel.clock.now, sha256=hashlib.sha256(packed).hexdigest())
    return f"{header.model_dump_json()}\n{base64.encodebytes(packed).decode()}"


def _graph(machine: Machine, spec: MachineSpec | None) -> dict[str, Any]:
    """Both as plain lists, without what the journal keeps to go back."""
    journal = machine.kernel.journal
    layers, journal.layers = journal.layers, []
    try:
        return encode((machine, spec))
    finally:
        journal.layers = layers


def import_machine(name: str, text: str) -> tuple[Machine, MachineSpec | None]:
    """The machine in such a text, and what it was booted from; UsageError names the file and what is wrong."""
    first, _, rest = text.partition("\n")
    header = _header(name, first)
    try:
        packed = binascii.a2b_base64(rest.encode())
    except (binascii.Error, UnicodeEncodeError):
        raise _damaged(name, "not base64") from None
    if hashlib.sha256(packed).hexdigest() != header.sha256:
        raise _damaged(name, "its sum is not that of the header")
    try:
        machine, spec = decode(_unpacked(packed))
        if not isinstance(machine, Machine) or not isinstance(spec, MachineSpec | None):
            raise DamagedError("not a machine")
        debug_vm(machine.kernel)
    except OtherFieldsError as error:
        raise _foreign(name, f"{error} has other fields there") from None
    except (DamagedError, ModelBug, ValueError, zlib.error) as error:
        raise _damaged(name, str(error)) from None
    return machine, spec


def _unpacked(packed: bytes) -> dict[str, Any]:
    reader = zlib.decompressobj()
    found: dict[str, Any] = json.loads(reader.decompress(packed, _LARGEST))
    return found


def _header(name: str, line: str) -> Header:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("file") != "thpsh snapshot":
        raise UsageError(f"{name}: not a snapshot; expected a file that `snapshot export` wrote")
    other = found.get("format")
    if isinstance(other, int) and other != FORMAT:
        raise _foreign(name, f"format {other}, where this one reads {FORMAT}")
    try:
        return Header.model_validate(found)
    except ValidationError as error:
        problem = error.errors()[0]
        raise _damaged(name, f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}") from None


def _foreign(name: str, why: str) -> UsageError:
    return UsageError(f"{name}: written by another version of thpsh: {why}")


def _damaged(name: str, why: str) -> UsageError:
    return UsageError(f"{name}: damaged: {why}")
