"""System calls of recorded processes: what they return and name."""

import pytest

from tests.oracle.cases import replay


def last(*lines):
    """Outcome of the last operation after `spawn A` and `mmap A r 4M`."""
    return replay("spawn A", "mmap A r 4M", *lines)[1][-1]


def test_a_touch_that_hits_a_hole_tells_where_and_the_process_lives():
    found = last("munmap A r+2M 2M", "touch A r+1M 2M write stride=64K")
    assert (found.ret, found.results, found.minflt) == ("SIGSEGV", {"at": 2 << 20}, 16)
    assert last("munmap A r 4K", "touch A r 4K read", "touch A r+4K 4K write").minflt == 1


def test_a_touch_in_odd_places_tells_the_byte_it_wanted():
    assert last("munmap A r+8K 4K", "touch A r+100 16K write").results == {"at": 8292}


def test_mincore_counts_also_where_it_fails():
    assert last("touch A r 8K write", "mincore A r 4M").results == {"resident": 2}
    failed = last("touch A r 8K write", "mincore A r 6M")
    assert (failed.ret, failed.results) == ("-ENOMEM", {"resident": 0})
    assert last("mincore A r+1 4K").ret == "-EINVAL"
    assert last("mincore A r 0").ret == "0"


def test_pins_end_where_the_pipes_are_full():
    assert last("pin A r 1M").results == {"pinned": 256}
    assert last("pin A r 4M").results == {"pinned": 1024}
    full = replay("spawn A", "mmap A r 16M", "pin A r 16M")[1][-1]
    assert (full.ret, full.results) == ("-ENOSPC", {"pinned": 2048})
    assert last("pin A r+3M 2M").ret == "-EFAULT"


def test_the_heap_begins_at_a_2_mib_boundary():
    run, outcomes = replay("spawn A", "brk A 4M", "brk A 2M")
    assert run.recorder.processes["A"].regions["heap"].base == 0x600000
    view = outcomes[1].regions[("A", "heap")]
    assert [(vma.offset, vma.kb) for vma in view.vmas] == [(0x4F4000 - 0x600000, 5168)]
    assert run.recorder.processes["A"].regions["heap"].length == 4 << 20


def test_a_moved_region_gets_a_name_of_its_own():
    run, outcomes = replay("spawn A", "mmap A r 2M", "mremap A r 0 2M")
    assert outcomes[-1].results == {"how": "moved"}
    assert list(run.recorder.processes["A"].regions) == ["r", "r~1"]


def test_a_region_that_grows_in_place_is_longer():
    run, outcomes = replay("spawn A", "mmap A r 2M", "mremap A r 2M 4M")
    assert outcomes[-1].results == {}
    assert run.recorder.processes["A"].regions["r"].length == 4 << 20


@pytest.mark.parametrize(
    ("kind", "perms"), [("private", "rw-p"), ("shared", "rw-s"), ("devzero", "rw-p"), ("file", "rw-p")]
)
def test_each_kind_of_mapping(kind, perms):
    found = replay("spawn A", f"mmap A r 4M map={kind}", "touch A r 4K write")[1][-1]
    assert found.regions[("A", "r")].vmas[0].perms == perms
    assert found.regions[("A", "r")].present == (1, 0)


def test_the_kernel_chooses_below_what_is_mapped_at_the_top():
    found = replay("spawn A", "mmap A r 4M align=none", "mmap A s 2M align=none")[1][-1]
    assert found.regions[("A", "s")].mod2m == found.regions[("A", "r")].mod2m == 0x1FE000


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("touch B r 4K write", "no such process"),
        ("touch A s 4K write", "no such region"),
        ("touch A r 4X write", "bad size"),
        ("touch A r 4K write stride=0", "bad stride"),
        ("touch A r", "too few words"),
        ("mprotect A r 4K rwx", "bad prot"),
        ("madvise A r 4K please", "bad advice"),
        ("mmap A s 4M offset=x", "bad offset"),
    ],
)
def test_what_the_recorder_would_refuse_is_refused(line, complaint):
    found = last(line)
    assert (found.ret, found.results) == ("0", {"error": complaint})


def test_advice_is_a_word_or_a_number():
    assert last("madvise A r 4M 14").ret == "0"
    assert last("madvise A r 4M collapse").ret == "-EINVAL"
    assert last("mlockall A 3", "mlockall A 0").ret == "0"
