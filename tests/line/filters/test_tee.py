"""tee writes emulated files and passes its text on."""

import pytest

from tests.line.fake import Fake, output, run
from thpsh.line.environment import Capture
from thpsh.line.interpreter import Interpreter


@pytest.mark.parametrize(
    ("line", "writes"),
    [
        ("printf never | tee /sys/enabled", [("/sys/enabled", "never", False)]),
        ("printf never | tee -a /sys/enabled", [("/sys/enabled", "never", True)]),
        ("printf x | tee /a /b", [("/a", "x", False), ("/b", "x", False)]),
        ("printf x | tee", []),
    ],
)
def test_each_file_gets_the_text_in_one_write(line, writes):
    environment, out = Fake({"/a": "", "/b": ""}), Capture()
    assert Interpreter(environment).run(line, out, out) == 0
    assert environment.writes == writes


def test_the_text_goes_on_down_the_pipe():
    assert output("echo a | tee /sys/enabled | tr a b") == "b\n"


def test_a_refused_file_is_named_with_the_reason_and_the_text_still_passes():
    status, out, err = run("echo a | tee /none /sys/enabled")
    assert (status, out) == (1, "a\n")
    assert err == "tee: /none: Permission denied (EACCES)\n    nothing is created here\n"


def test_an_unknown_option_writes_nothing():
    environment, out = Fake(), Capture()
    assert Interpreter(environment).run("echo a | tee -z /sys/enabled", out, out) == 2
    assert environment.writes == []
    assert "unknown option -z" in out.text


def test_without_a_pipe_there_is_nothing_to_pass_on():
    assert "expected a file, or something before |" in run("tee /sys/enabled")[2]
