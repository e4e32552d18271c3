"""A session to type at, whose host is checked after every command."""

from __future__ import annotations

from typing import Any

from thpsh.boot import MachineSpec, boot
from thpsh.commands.session import Session
from thpsh.errors import UsageError
from thpsh.line.environment import Capture
from thpsh.mm.debug_vm import debug_vm


class NoFiles:
    """A host without files."""

    def read(self, path: str) -> str:
        raise UsageError(f"{path}: No such file or directory")

    def write(self, path: str, text: str) -> None:
        raise UsageError(f"{path}: Permission denied")

    def scenarios(self, word: str) -> list[str]:
        raise UsageError(f"run: {word!r}: no such file, folder or shipped scenario")

    def shipped(self) -> list[str]:
        return []

    def lessons(self) -> list[str]:
        return []

    def read_state(self, name: str) -> str:
        return ""

    def write_state(self, name: str, text: str) -> None:
        return

    def apps(self) -> dict[str, str]:
        return {}


class Typed:
    """What one types and what comes back."""

    def __init__(self, **spec: Any) -> None:
        self.spec = MachineSpec(**{"memory": 1 << 30, "cpus": 1, **spec})
        self.session = Session(boot(self.spec), NoFiles(), self.spec)
        self.session.after = lambda session: debug_vm(session.machine.kernel)

    def run(self, line: str) -> tuple[int, str, str]:
        """Status, output, errors."""
        out, err = Capture(), Capture()
        status = self.session.execute(line, out, err)
        return status, out.text, err.text

    def __call__(self, line: str) -> str:
        """The output of a line that must succeed."""
        status, out, err = self.run(line)
        assert (status, err) == (0, ""), (line, status, err)
        return out

    def fails(self, line: str, status: int = 1) -> str:
        """The errors of a line that must fail with a status."""
        found, _, err = self.run(line)
        assert found == status, (line, found, err)
        return err


def with_app(**spec: Any) -> Typed:
    """A host with a process `app` and its region `buf` of 16 MiB."""
    typed = Typed(**spec)
    typed("spawn app; mmap app buf 16M")
    return typed
