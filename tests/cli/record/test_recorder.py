"""The recorder on the machine the tests run on."""

import os
import signal

import pytest

from tests.cli.record.host import needs_host, skip_without_huge_page
from thpsh.cli.record import process
from thpsh.cli.record.knobs import Knobs
from thpsh.cli.record.recorder import HostRecorder, memory
from thpsh.errors import UsageError

pytestmark = needs_host


@pytest.fixture
def host():
    found = HostRecorder(Knobs(), prelude=False)
    yield found
    found.end()


def test_a_region_is_told_when_it_changes(host):
    ops = host.run(["spawn A", "mmap A r 16K", "sleep 1", "touch A r 4K write"])
    assert [bool(each.get("maps")) for each in ops] == [False, True, False, True]


def test_the_head_names_the_kernel_and_its_policy(host):
    head = host.head("x")
    assert (head["case"], head["runs"], head["khugepaged"]) == ("x", 1, "as the host has it")
    assert "[" in head["knobs"]["enabled"]
    assert head["machine"]["MemTotal_kB"] << 10 == memory("MemTotal")


def test_a_process_of_the_same_name_takes_the_place_of_the_first(host):
    host.run(["spawn A"])
    first = host.processes["A"].pid
    host.run(["spawn A"])
    assert host.processes["A"].pid != first


def test_nothing_is_done_after_the_time_is_over(host):
    host._until = 0
    assert host.run(["spawn A"]) == [{"i": 0, "op": "spawn A", "skipped": "300 s are over"}]


def test_without_pagemap_scan_and_root_smaps_tells_what_is_huge(host):
    script = ["spawn A", "mmap A r 4M", "madvise A r 2M hugepage", "madvise A r+2M 2M nohugepage", "touch A r 4M write"]
    host._eyes.scan, host._eyes._flags = False, -1
    last = host.run(script)[-1]
    skip_without_huge_page(last)
    (region,) = last["maps"]
    assert (region["slots"], region["n"]) == ("HF", [512, 512])
    assert len(host._eyes.unread()) == 2


def test_a_process_that_is_killed_is_told_and_forgotten(host):
    host.run(["spawn A", "mmap A r 4K", "spawn B"])
    os.kill(host.processes["A"].pid, signal.SIGKILL)
    os.kill(host.processes["B"].pid, signal.SIGKILL)
    assert host.processes["B"].channel.recv(1) == b""
    assert host.run(["touch A r 4K read"])[0]["ret"] == "KILLED"
    assert host.processes == {}


def test_a_process_that_cannot_start_is_told_by_name(host, monkeypatch):
    monkeypatch.setattr(process, "Child", None)
    with pytest.raises(UsageError, match="record: A: the process could not be started"):
        host.run(["spawn A"])
