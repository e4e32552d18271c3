"""Lines without a terminal: one, or as they come."""

import argparse
import sys

import pytest

from thpsh.boot import MachineSpec
from thpsh.cli import sessions
from thpsh.cli.host_files import HostFiles
from thpsh.commands.machine_options import add_machine_options
from thpsh.commands.session import Session
from thpsh.errors import UsageError
from thpsh.line.environment import Capture


def session():
    return sessions.session_for(MachineSpec(memory=1 << 30, cpus=1), HostFiles())


def opened(*words):
    parser = argparse.ArgumentParser()
    add_machine_options(parser)
    parser.add_argument("--host-pipes", action="store_true")
    return sessions.open_session(parser.parse_args(words), Session)


def test_one_line_gives_its_status(capsys):
    assert sessions.run_line(session(), "echo a; nonsense") == 127
    assert capsys.readouterr() == ("a\n", "nonsense: command not found\n")


def test_a_command_takes_as_many_lines_as_it_needs(capsys):
    assert sessions.run_lines(session(), ["for x in 1 2\n", "do echo $x\r\n", "\n", "done\n", "  \n", "echo end"]) == 0
    assert capsys.readouterr().out == "1\n2\nend\n"


def test_the_status_is_that_of_the_last_line():
    assert sessions.run_lines(session(), ["echo a", "ls /nowhere"]) == 1
    assert sessions.run_lines(session(), ["ls /nowhere", "echo a"]) == 0
    assert sessions.run_lines(session(), []) == 0


def test_an_open_end_at_the_end_of_the_input_is_wrong_usage(capsys):
    assert sessions.run_lines(session(), ["echo 'a", "b"]) == 2
    assert "unclosed quote" in capsys.readouterr().err


def test_nothing_is_read_after_somebody_left(capsys):
    lines = iter(["echo a", "quit", "echo b"])
    sessions.run_lines(session(), lines)
    assert capsys.readouterr().out == "a\n"
    assert next(lines) == "echo b"


def test_an_endless_open_command_is_cut_off():
    lines = ["echo '", *["x"] * (sessions.LONGEST - 1), "ls /nowhere"]
    assert sessions.run_lines(session(), lines) == 1


def test_options_reach_the_machine_and_its_notes_the_error_stream(capsys):
    found = opened("--memory", "1G", "--revert", "35")
    assert found.spec.memory == 1 << 30
    assert capsys.readouterr().err.startswith("16 (memcg-used-head-only) is reverted, too")


def test_programs_of_the_host_run_only_with_permission():
    out = Capture()
    assert opened("--memory", "1G").execute("echo a | rev", out, out) == 2
    allowed = Capture()
    assert opened("--memory", "1G", "--host-pipes").execute("echo ab | rev", allowed, allowed) == 0
    assert allowed.text == "ba\n"


def test_a_host_program_gives_its_output_and_status():
    out = Capture()
    code = "import sys; print(sys.stdin.read().upper()); sys.exit(3)"
    assert sessions.host_program([sys.executable, "-c", code], "abc", out) == 3
    assert out.text == "ABC\n"


def test_a_host_program_that_is_not_there_is_named():
    with pytest.raises(UsageError, match="no-such-program: No such file"):
        sessions.host_program(["no-such-program"], "", Capture())
