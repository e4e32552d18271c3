"""A recorded process from outside: started, asked, and always buried."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import warnings
from typing import Any, Final

from thpsh.cli.record.child import MESSAGE, Child
from thpsh.errors import UsageError
from thpsh.oracle.words import Refused, size_of
from thpsh.record import field, record

PATIENCE: Final = 60.0  # seconds for one request


class Dead(Exception):
    """The process died before it answered."""


class Silent(Exception):
    """The process did not answer in time."""


@record(eq=False)
class Process:
    """A recorded process and the regions that its script has named: start and length."""

    name: str
    pid: int
    channel: socket.socket
    regions: dict[str, tuple[int, int]] = field(default_factory=dict)
    mine: bool = True  # a child of the recorder itself

    def place(self, word: str) -> int:
        """The address that REGION+OFF means."""
        name, plus, offset = word.partition("+")
        shift = size_of(offset, "no such region") if plus else 0
        if name not in self.regions:
            raise Refused("no such region")
        return (self.regions[name][0] + shift) & (1 << 64) - 1

    def ask(self, name: str, *arguments: object) -> dict[str, Any]:
        """Let it do something and wait for the answer."""
        try:
            self.channel.send(json.dumps([name, *arguments]).encode())
            answer = self.channel.recv(MESSAGE)
        except TimeoutError:
            raise Silent(f"no answer within {PATIENCE:.0f} s") from None
        except OSError:
            answer = b""
        if not answer:
            raise Dead(self.name)
        found: dict[str, Any] = json.loads(answer)
        return found

    def fork(self, name: str) -> Process:
        """A child of the process that knows its regions."""
        ours, theirs = _channels()
        try:
            self.channel.send(json.dumps(["fork"]).encode())
            socket.send_fds(self.channel, [b"f"], [theirs.fileno()])
            answer = json.loads(self.channel.recv(MESSAGE))
        except (OSError, ValueError):
            ours.close()
            raise Dead(self.name) from None
        finally:
            theirs.close()
        return Process(name, answer["ret"], ours, dict(self.regions), mine=False)

    def alive(self) -> bool:
        """Has it not ended by itself?"""
        readable, _, _ = select.select([self.channel], [], [], 0)
        return not readable  # it says nothing without being asked: this is the end of its channel

    def end(self) -> None:
        """Let it exit, or kill it; when this returns its memory is free."""
        with contextlib.suppress(OSError):
            self.channel.send(json.dumps(["exit"]).encode())
            self.channel.recv(MESSAGE)
        self.bury(kill=self.mine)

    def bury(self, *, kill: bool = True) -> None:
        """Kill what still lives and wait for it; a grandchild is waited for by its own parent."""
        kill = kill and (self.mine or self.alive())
        self.channel.close()
        if kill:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        if self.mine:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, 0)


def _channels() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(PATIENCE)
    return ours, theirs


def start(name: str) -> Process:
    """A new recorded process, ready for requests."""
    ours, theirs = _channels()
    with warnings.catch_warnings():  # other threads of this process, if there are any, are of no use to the child
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid:
        theirs.close()
        return _ready(Process(name, pid, ours))
    try:
        _be_first_to_die()
        Child(theirs).serve()
    finally:
        os._exit(1)


def _ready(process: Process) -> Process:
    """Wait until a process answers for the first time."""
    try:
        process.ask("madvise", 0, 0, 0)
    except (Dead, Silent):
        process.bury()
        raise UsageError(f"record: {process.name}: the process could not be started") from None
    return process


def _be_first_to_die() -> None:
    """If memory runs out, let it be a recorded process' end."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("500")
