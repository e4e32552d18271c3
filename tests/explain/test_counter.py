"""Counters explained."""

import json

from tests.commands.typed import Typed, with_app
from thpsh.explain.counter import names
from thpsh.explain.counter_texts import EVENTS, GAUGES, MEMINFO, SINCE


def test_every_line_of_vmstat_has_a_text():
    lines = [line.split()[0] for line in Typed()("cat /proc/vmstat").splitlines()]
    assert set(lines) == set(EVENTS) | set(GAUGES)
    assert not set(EVENTS) & set(GAUGES)
    assert names() == sorted([*lines, *MEMINFO])


def test_every_line_of_meminfo_has_a_text():
    assert [line.partition(":")[0] for line in Typed()("cat /proc/meminfo").splitlines()] == list(MEMINFO)


def test_a_line_of_meminfo_with_its_value_and_its_first_release():
    host = with_app()
    host("touch app buf 4K")
    found = json.loads(host("explain AnonHugePages --json"))
    assert (found["value"], found["gauge"], found["since"]) == ("2048 kB", True, "2.6.38")


def test_the_first_releases_are_of_counters_that_exist():
    for start, _ in SINCE:
        assert any(name.startswith(start) for name in names()), start


def test_the_last_movement_with_its_cause_and_what_was_typed():
    host = with_app()
    host("touch app buf")
    host("munmap app buf+1M 4K")
    found = json.loads(host("explain thp_split --json"))
    assert (found["value"], found["gauge"], found["line"]) == ("1", False, "munmap app buf+1M 4K")
    assert found["moves"][0].startswith("thp_split pfn=0x")
    assert found["moves"][1].startswith("syscall ")


def test_a_gauge_and_a_counter_that_has_not_moved():
    host = Typed()
    assert host("explain nr_mlock").endswith("a gauge: it goes up and down\n")
    assert host("explain compact_fail").endswith("it has not moved, as far as the trace buffer knows\n")


def test_a_kernel_without_it_says_so():
    assert "thp_split is not in this kernel: huge pages split" in Typed(kernel="2.6.38")("explain thp_split")


def test_near_names_are_offered():
    assert "there are thp_split" in Typed().fails("explain thp_splt", 2)
