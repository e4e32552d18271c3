"""The streams of the process take any text, and may be closed."""

import io
import os
import subprocess
import sys

from thpsh.cli import streams


def text_stream(encoding):
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding)


def test_what_a_terminal_cannot_show_is_escaped(monkeypatch):
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, text_stream("ascii"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\xff\n"), encoding="ascii"))
    streams.make_safe()
    sys.stdout.write("h\u00e9")
    sys.stdout.flush()
    assert sys.stdout.buffer.getvalue() == b"h\\xe9"
    assert sys.stdin.read() == "a\\xff\n"


def test_a_closed_stream_is_an_empty_one(monkeypatch):
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    streams.make_safe()
    assert sys.stdin.read() == ""
    assert sys.stdout.write("abc") == 3
    assert sys.stderr.write("abc") == 3


def test_bytes_in_arguments_that_are_no_text_become_escapes():
    assert streams.printable(["a", "b\udcff", "h\u00e9"]) == ["a", "b\\xff", "h\u00e9"]


def run(code):
    begin = "import sys; from thpsh.cli import streams; "
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        [sys.executable, "-c", begin + code], capture_output=True, text=True, check=False, env=buffered
    )


def test_leaving_prints_what_waits_and_ends_with_the_status():
    done = run("sys.stdout.write('last'); streams.leave(7)")
    assert (done.returncode, done.stdout, done.stderr) == (7, "last", "")


def test_leaving_with_output_that_nobody_takes_is_a_failure():
    assert run("sys.stdout.close(); streams.leave(0)").returncode == 1
    assert run("sys.stdout.close(); streams.leave(2)").returncode == 2


def test_dropped_output_goes_nowhere():
    done = run("sys.stdout.write('lost'); streams.drop_output(); sys.stdout.flush(); streams.leave(0)")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
