"""`fails ERRNO COMMAND`."""

import io

import pytest

from tests.scenario.toy import ToySession
from thpsh.errors import UsageError
from thpsh.scenario import fails


@pytest.fixture
def session():
    return ToySession()


def run(session, line):
    out, err = io.StringIO(), io.StringIO()
    status = session.execute(line, out, err)
    return status, session.replay.outcomes[-1], out.getvalue(), err.getvalue()


def test_the_right_errno_holds_and_its_message_is_shown(session):
    status, outcome, out, err = run(session, "fails ENOENT get /proc/nothing")
    assert (status, outcome.held, err) == (0, True, "")
    assert out == "get: No such file or directory (ENOENT)\n"


def test_the_redirection_belongs_to_the_command(session):
    status, outcome, out, _ = run(session, "fails EACCES say hello > /proc/nothing")
    assert (status, outcome.held) == (0, True)
    assert "hello" not in out


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("fails EINVAL get /proc/nothing", "ENOENT"),
        ("fails EINVAL say hello", "success"),
        ("fails EINVAL slots app", "slots: expected PROC REGION"),
    ],
)
def test_another_end_is_a_failure(session, line, found):
    status, outcome, _, err = run(session, line)
    assert (status, outcome.held, outcome.found) == (1, False, found)
    assert f"expectation failed: {line}" in err


def test_an_unknown_errno_is_refused():
    with pytest.raises(UsageError, match="unknown errno 'EWHAT'"):
        fails.check_name("EWHAT")


def test_the_last_errno_or_signal_of_a_text_counts():
    assert fails.failure("x: Invalid argument (EINVAL)\n    why") == "EINVAL"
    assert fails.failure("touch: killed by SIGBUS at 0x200000000000") == "SIGBUS"
    assert fails.failure("nothing") == ""
