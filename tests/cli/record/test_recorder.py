"""The recorder on the machine the tests run on."""

import pytest

from tests.cli.record.host import needs_host
from thpsh.cli.record.knobs import Knobs
from thpsh.cli.record.recorder import HostRecorder, memory

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
