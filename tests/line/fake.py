"""A small environment for tests of the line room."""

from __future__ import annotations

import fnmatch

from thpsh.errors import Errno, KernelError, UsageError
from thpsh.line.environment import Capture
from thpsh.line.interpreter import Interpreter


class Fake:
    """Files in a dict; commands echo, cat, false, args and quit."""

    def __init__(self, files: dict[str, str] | None = None) -> None:
        self.files = {"/proc/meminfo": MEMINFO, "/sys/enabled": "[always] madvise never\n", **(files or {})}
        self.leaving = False
        self.writes: list[tuple[str, str, bool]] = []

    def knows(self, name: str) -> bool:
        return name in ("echo", "cat", "false", "args", "quit", "printf", "expect", "fails")

    def command(self, argv, stdin, out, err) -> int:
        name, *words = argv
        if name == "echo":
            out.write(" ".join(words) + "\n")
        elif name == "printf":
            out.write(words[0] if words else "")
        elif name in ("args", "expect", "fails"):
            out.write("".join(f"<{word}>" for word in argv[1:]) + "\n")
        elif name == "cat":
            out.write(stdin or "" if not words else "".join(self.read(word) for word in words))
        elif name == "quit":
            self.leaving = True
        else:
            err.write("false: no\n")
            return 1
        return 0

    def read(self, path: str) -> str:
        if path not in self.files:
            raise KernelError(Errno.ENOENT)
        return self.files[path]

    def write(self, path: str, text: str, *, append: bool) -> None:
        if path not in self.files:
            raise KernelError(Errno.EACCES, "nothing is created here")
        if text == "bad\n":
            raise KernelError(Errno.EINVAL)
        self.writes.append((path, text, append))

    def glob(self, pattern: str) -> list[str]:
        return sorted(path for path in self.files if fnmatch.fnmatchcase(path, pattern))

    def host_pipe(self, argv, text, out) -> int:
        raise UsageError(f"{argv[0]}: a program of the host")

    def check(self, argv) -> None:
        if argv[0] == "fails" and not argv[1].startswith("E"):
            raise UsageError(f"fails: {argv[1]}: no errno")

    def failed(self, errno, line, status, error, out, err) -> int:
        out.write(f"{errno}|{line}|{status}|{error}")
        return 0 if status and errno in error else 1


MEMINFO = "MemTotal:        1029328 kB\nMemFree:          996132 kB\nAnonHugePages:      4096 kB\n"


def run(line: str, files: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Status, output and errors of a line."""
    out, err = Capture(), Capture()
    status = Interpreter(Fake(files)).run(line, out, err)
    return status, out.text, err.text


def output(line: str, files: dict[str, str] | None = None) -> str:
    """The output of a line that succeeds."""
    status, out, err = run(line, files)
    assert (status, err) == (0, "")
    return out
