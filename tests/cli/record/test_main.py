"""`thpsh record` as a user types it, on the machine the tests run on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.record.host import needs_host, skip_without_huge_page
from thpsh.cli.main import main
from thpsh.cli.record.knobs import Knobs
from thpsh.cli.record.main import check
from thpsh.cli.record.main import recorded as recorded_here
from thpsh.cli.record.operations import WAKE_KNOB
from thpsh.errors import UsageError
from thpsh.oracle.recording import read_recording


@pytest.fixture
def script(tmp_path):
    def write(*lines):
        path = tmp_path / "case.ops"
        path.write_text("\n".join(lines))
        return str(path)

    return write


@pytest.fixture
def recorded(script, tmp_path):
    """The operations of a recording, made by a process of its own as a user would."""

    def make(*lines):
        output = str(tmp_path / "case.json")
        command = [sys.executable, "-m", "thpsh", "record", script(*lines), "-o", output]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        with open(output, encoding="utf-8") as file:
            text = file.read()
        assert read_recording(output, text).kernel == os.uname().release
        return json.loads(text)["ops"]

    return make


@needs_host
def test_a_hinted_slot_becomes_huge_with_one_fault(recorded):
    ops = recorded("spawn A", "mmap A r 2M", "madvise A r 2M hugepage", "touch A r 2M write")
    skip_without_huge_page(ops[3])
    (region,) = ops[3]["maps"]
    assert (ops[3]["ret"], ops[3]["minflt"], region["slots"], region["n"]) == (0, 1, "H", [512])
    assert region["vmas"][0]["AnonHugePages"] == 2048


@needs_host
def test_small_pages_take_a_fault_each(recorded):
    ops = recorded("spawn A", "mmap A r 2M", "madvise A r 2M nohugepage", "touch A r 32K write", "touch A r 32K read")
    assert [each["minflt"] for each in ops[3:]] == [8, 0]
    assert ops[3]["maps"][0]["n"] == [8]


@needs_host
def test_a_touch_that_may_not_be_is_a_signal_with_its_place(recorded):
    ops = recorded(
        "spawn A",
        "mmap A r 16K prot=r",
        "touch A r 16K write",
        "mmap A s 16K",
        "munmap A s+8K 4K",
        "touch A s 16K read",
    )
    assert (ops[2]["ret"], ops[2]["at"]) == ("SIGSEGV", 0)
    assert (ops[5]["ret"], ops[5]["at"]) == ("SIGSEGV", 8192)


@needs_host
def test_a_fork_shares_and_copies_on_write(recorded):
    ops = recorded(
        "spawn A", "mmap A r 16K", "madvise A r 16K nohugepage", "touch A r 16K write", "fork A B",
        "touch B r 4K write", "exit A", "touch B r 16K write", "exit B",
    )  # fmt: skip
    assert [each["proc"] for each in ops[4]["maps"]] == ["A", "B"]
    assert ops[4]["maps"][1]["vmas"][0]["Shared_Dirty"] == 16
    assert (ops[5]["ret"], ops[5]["minflt"]) == (0, 1)
    assert ops[8]["ret"] == 0


@needs_host
def test_errors_of_the_kernel_and_of_the_script_are_written_down(recorded):
    ops = recorded("spawn A", "mmap A r 16K", "munmap A r+1 4K", "munmap A q 4K", "mincore A r 16K")
    assert ops[2]["ret"] == "-EINVAL"
    assert ops[3]["error"] == "no such region"
    assert ops[4]["resident"] == 0


@needs_host
def test_what_cannot_be_done_here_is_left_out_with_the_reason(recorded):
    ops = recorded("spawn A", "cgmk g", "munmap A r 4K", "mmap A r 4K", "munmap A r 0x700000000000", "poison A r")
    assert "version 1" in ops[1]["skipped"]
    assert "own program" in ops[4]["skipped"]
    assert "memory away" in ops[5]["skipped"]


@needs_host
def test_a_script_that_writes_a_setting_is_refused_by_name(script, capsys):
    line = "write /sys/kernel/mm/transparent_hugepage/enabled always"
    assert main(["record", script("spawn A", line)]) == 2
    assert capsys.readouterr().err.startswith(f"record: {line}: changes a setting of this machine; --allow-knobs")


@needs_host
def test_a_script_that_wants_all_memory_is_refused(script, capsys):
    assert main(["record", script("spawn A", "mmap A r 900000G", "touch A r 900000G write")]) == 2
    assert "expected at most half" in capsys.readouterr().err


@needs_host
@pytest.mark.parametrize("lines", [[], ["write /etc/passwd x"], ["frobnicate A"]])
def test_nothing_to_do_words_that_are_no_operations_and_files_that_are_no_settings_are_refused(lines, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(UsageError):
        check(lines, allow_knobs=True)


def test_a_machine_without_huge_pages_is_wrong_usage(script, capsys, monkeypatch):
    monkeypatch.setattr("thpsh.cli.record.main.has_huge_pages", lambda: False)
    assert main(["record", script("spawn A")]) == 2
    assert "no Linux with transparent huge pages" in capsys.readouterr().err


@needs_host
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_settings_come_back_when_a_signal_ends_a_recording(tmp_path, number):
    """The settings are files of the test's; everything else is what `thpsh record --allow-knobs` does."""
    sleep = tmp_path / WAKE_KNOB[1:]
    sleep.parent.mkdir(parents=True)
    sleep.write_text("10000")
    code = f"""
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job's children are born without it
from thpsh.cli.record.knobs import Knobs, end_on_signals
from thpsh.cli.record.main import recorded
end_on_signals()
recorded("x", ["spawn A", "write {WAKE_KNOB} 7", "sleep 30000"], Knobs({str(tmp_path)!r}))
"""
    running = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while sleep.read_text() != "7" and time.monotonic() < until:
        time.sleep(0.01)
    assert sleep.read_text() == "7"
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    running.send_signal(number)
    assert running.wait(20) != 0
    assert sleep.read_text() == "10000"
    assert children
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


@needs_host
def test_settings_come_back_at_the_end(tmp_path):
    sleep = tmp_path / WAKE_KNOB[1:]
    sleep.parent.mkdir(parents=True)
    sleep.write_text("10000")
    trace = recorded_here(
        "x", [f"write {WAKE_KNOB} 7", "spawn A", "mmap A r 4K", "touch B r 4K write"], Knobs(str(tmp_path))
    )
    assert trace["ops"][3]["error"] == "no such process"
    assert sleep.read_text() == "10000"
