"""Files of processes, and big memory with holes."""

import pytest

from tests.oracle.cases import replay
from thpsh.oracle.more_operations import pick_lines


@pytest.mark.parametrize(
    ("keys", "picked"),
    [
        ([], "VmRSS:\t     52 kB\n  nr_a 7\nVmRSSx: 1\n"),
        (["VmRSS"], "VmRSS: 52 kB"),
        (["nr_a", "VmRSS"], "VmRSS: 52 kB; nr_a 7"),
        (["Vm"], ""),
    ],
)
def test_lines_are_picked_by_their_first_word(keys, picked):
    assert pick_lines("VmRSS:\t     52 kB\n  nr_a 7\nVmRSSx: 1\n", keys) == picked


def test_files_of_a_process_are_found_by_its_name():
    lines = ("spawn A", "procwrite A oom_score_adj 300", "procfile A oom_score_adj", "status A Name")
    outcomes = replay(*lines, "oomadj A -5", "procfile A oom_score_adj", "pick /proc/meminfo AnonHugePages")[1]
    values = [outcome.results.get("value") for outcome in outcomes]
    assert values == [None, None, "300\n", "Name: A", None, "-5\n", "AnonHugePages: 0 kB"]


def test_reading_pagemap_splits():
    outcomes = replay(
        "spawn A", "mmap A r 4M", "madvise A r 4M hugepage", "touch A r 4M write", "readpagemap A r+2M 4K"
    )
    assert outcomes[1][-1].regions[("A", "r")].slots == "HF"
    assert outcomes[1][-1].counters == {"thp_split": 1}


@pytest.mark.parametrize(
    ("kind", "slots", "faults"), [("small", "FF", 1024), ("huge", "HH", 2), ("", "FF", 1024), ("untouched", "..", 0)]
)
def test_a_hog_touches_all_it_maps(kind, slots, faults):
    found = replay("spawn A", f"hog A r 4M {kind}")[1][-1]
    assert (found.regions[("A", "r")].slots, found.minflt) == (slots, faults)


def test_a_punched_region_keeps_the_beginning_of_each_stride():
    found = replay("spawn A", "hog A r 2M small", "punch A r 2M 64K 8K")[1][-1]
    assert found.results == {"holes": 32}
    assert found.regions[("A", "r")].present == (64,)
    locked = replay("spawn A", "hog A r 2M small", "punch A r 2M 1M 4K mlock")[1][-1].regions[("A", "r")]
    assert [vma.fields.get("Locked", 0) for vma in locked.vmas] == [4, 0, 4, 0]
