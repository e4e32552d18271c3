"""Settings come back, whatever happens; the root of all paths is a folder made for the test."""

import os
import signal

import pytest

from thpsh.cli.record.knobs import Knobs, Terminated, check_path, end_on_signals
from thpsh.errors import UsageError

ENABLED = "/sys/kernel/mm/transparent_hugepage/enabled"
RESERVE = "/proc/sys/vm/min_free_kbytes"
SLEEP = "/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs"


@pytest.fixture
def root(tmp_path):
    for path, text in ((ENABLED, "always [madvise] never\n"), (RESERVE, "67584\n"), (SLEEP, "10000\n")):
        file = tmp_path / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def now(root, path):
    return (root / path[1:]).read_text()


def test_the_first_value_of_each_setting_comes_back(root):
    knobs = Knobs(str(root))
    assert knobs.write(SLEEP, b"1") == 1
    knobs.write(SLEEP, b"2")
    assert now(root, SLEEP)[0] == "2"
    knobs.restore()
    assert now(root, SLEEP) == "10000"


def test_of_a_choice_the_word_in_brackets_comes_back(root):
    knobs = Knobs(str(root))
    knobs.write(ENABLED, b"never")
    knobs.restore()
    assert now(root, ENABLED) == "madvise"


def test_a_new_policy_raises_the_reserve_so_that_comes_back_last(root):
    knobs = Knobs(str(root))
    knobs.write(ENABLED, b"always")
    (root / RESERVE[1:]).write_text("112640\n")
    knobs.restore()
    assert now(root, RESERVE) == "67584"


def test_a_missing_setting_is_an_error_and_nothing_to_put_back(root):
    knobs = Knobs(str(root))
    with pytest.raises(FileNotFoundError):
        knobs.write("/proc/sys/vm/nothing", b"1")
    knobs.restore()
    assert not (root / "proc/sys/vm/nothing").exists()


def test_what_does_not_go_back_is_told(root, capsys):
    knobs = Knobs(str(root))
    knobs.write(SLEEP, b"1")
    (root / SLEEP[1:]).unlink()
    (root / SLEEP[1:]).mkdir()
    knobs.restore()
    assert SLEEP in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_recording_and_everything_comes_back(root, number):
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP)}
    end_on_signals()
    knobs = Knobs(str(root))
    knobs.write(SLEEP, b"1")
    try:
        with pytest.raises(Terminated, match=number.name):
            os.kill(os.getpid(), number)
    finally:
        knobs.restore()
        for each, handler in before.items():
            signal.signal(each, handler)
    assert now(root, SLEEP) == "10000"


@pytest.mark.parametrize("path", ["/etc/passwd", "/sys/kernel/mm/../../x", "/proc/sys/kernel/panic", "relative"])
def test_other_files_are_never_written(path):
    with pytest.raises(UsageError, match="expected a file below"):
        check_path(path)
    check_path(SLEEP)
