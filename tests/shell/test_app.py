"""The interactive shell on a pseudo-terminal, and what of cmd2 is closed."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from thpsh.boot import boot
from thpsh.cli.host_files import HostFiles
from thpsh.shell.app import Shell, banner
from thpsh.shell.session import ShellSession

ROOT = Path(__file__).parents[2]
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\r")


class Terminal:
    """thpsh in a terminal of 80 columns."""

    def __init__(self, folder):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "thpsh"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80", "LINES": "24"},
            start_new_session=True,
        )
        os.close(slave)
        self.seen = ""

    def read(self, until, seconds=20):
        """Read until a text appears; what came since the last call."""
        start = len(self.seen)
        end = time.monotonic() + seconds
        while until not in self.seen[start:]:
            if not select.select([self.master], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"no {until!r} in {self.seen[start:]!r}")
            try:
                data = os.read(self.master, 65536)
            except OSError:
                data = b""
            if not data:
                raise AssertionError(f"it ended without {until!r}: {self.seen[start:]!r}")
            if b"\x1b[6n" in data:
                os.write(self.master, b"\x1b[1;1R")
            self.seen += _ESCAPES.sub("", data.decode("utf-8", "replace"))
        return self.seen[start:]

    def type(self, text):
        os.write(self.master, text.encode())

    def leave(self):
        """Type Ctrl-D and read to the end; the exit status."""
        time.sleep(0.5)
        self.type("\x04")
        with pytest.raises(AssertionError, match="it ended"):
            self.read("never to be seen")
        return self.process.wait(timeout=20)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture
def terminal(tmp_path):
    found = Terminal(tmp_path)
    try:
        found.read("thpsh>")
        yield found
    finally:
        found.close()


@pytest.fixture
def shell():
    return Shell(ShellSession(boot(), HostFiles()))


def test_the_banner_fits_80_columns():
    text = banner(ShellSession(boot(), HostFiles()))
    assert text.startswith("Linux 3.0.0 (emulated), 7.8 GiB, 1 node, 2 CPUs. ")
    assert len(text) <= 80


@pytest.mark.slow
def test_a_session_in_a_terminal(terminal):
    terminal.type("spawn app\r")
    terminal.read("app: pid 100")
    terminal.type("for x in 1 2; do\recho number $x\rdone\r")
    terminal.read("number 2")
    terminal.type("mmap app buf 4M; touch app buf; slots app buf\r")
    terminal.read("HH 512 512")
    terminal.type("awk 'BEGIN {print \"busy\"; while (1) x = 1}'\r")
    time.sleep(1.5)
    os.killpg(terminal.process.pid, signal.SIGINT)
    terminal.read("thpsh>")
    terminal.type("slots app buf\r")
    terminal.read("HH 512 512")
    assert terminal.leave() == 0


@pytest.mark.parametrize(
    "line",
    [
        "shell touch made",
        "!touch made",
        "@x",
        "edit made",
        "run_script made",
        "_relative_run_script made",
        "run_pyscript made",
        "py open('made', 'w')",
        "ipy",
        "set editor touch",
        "alias create x y",
        "macro create x y",
        "history -o made",
        "history --output_file made",
        "history -e",
        "echo x > made",
        "echo x >> made",
        "cat /proc/meminfo | tee made",
        "cat /proc/meminfo | touch made",
        "cat < /etc/hostname",
        "cat /etc/hostname",
    ],
)
def test_nothing_typed_reaches_the_host(shell, line, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shell.onecmd_plus_hooks(line)
    found = capsys.readouterr()
    assert list(tmp_path.iterdir()) == []
    assert found.err
    assert "Traceback" not in found.err
    assert shell.session.status != 0


def test_lines_run_as_they_do_with_c(shell, capsys):
    assert shell.onecmd_plus_hooks("echo a 'b;c' # no") is False
    assert shell.onecmd_plus_hooks("ls /nowhere 2>/dev/null || echo missing") is False
    assert capsys.readouterr().out == "a b;c\nmissing\n"


def test_leaving(shell):
    assert shell.onecmd_plus_hooks("") is False
    assert shell.onecmd_plus_hooks("_eof") is True
    assert shell.onecmd_plus_hooks("quit") is True


def test_the_history_holds_what_was_typed(shell):
    shell.onecmd_plus_hooks("echo one; echo two")
    assert shell.session.history == ["echo one; echo two"]


def test_a_line_that_was_cut_off_never_happened(shell, capsys, monkeypatch):
    def cut_off(*_):
        kernel = shell.session.machine.kernel
        kernel.own(kernel.zones[0])
        kernel.zones[0].free -= 1
        shell.interrupts.forced = True
        raise KeyboardInterrupt

    free = shell.session.machine.kernel.zones[0].free
    monkeypatch.setattr(shell.session.interpreter, "run", cut_off)
    shell.onecmd_plus_hooks("touch app buf")
    assert shell.session.machine.kernel.zones[0].free == free
    assert "the host is what it was before the line" in capsys.readouterr().err
    assert shell.session.steps.undone == []


def test_a_mistake_of_ours_is_one_line(shell, capsys, monkeypatch):
    monkeypatch.setattr(shell.session, "execute", lambda *_: 1 // 0)
    assert shell.onecmd_plus_hooks("ls") is False
    assert capsys.readouterr().err == "internal error: ZeroDivisionError: integer division or modulo by zero\n"


def test_completion_reaches_cmd2(shell):
    found = shell.complete("tou", "tou", 0, 3)
    assert [item.text for item in found] == ["touch"]
