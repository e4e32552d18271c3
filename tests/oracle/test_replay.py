"""One operation after the other, and what is counted when."""

import pytest

from tests.oracle.cases import machine, op, recording, replay
from thpsh.fs.vfs import Vfs
from thpsh.oracle.replay import Replay
from thpsh.oracle.words import NotSupported

ENABLED = "/sys/kernel/mm/transparent_hugepage/enabled"


def test_a_huge_fault_is_one_fault_and_one_counter():
    found = replay("spawn A", "mmap A r 2M", "madvise A r 2M hugepage", "touch A r 2M write")[1][-1]
    assert (found.ret, found.minflt, found.majflt, found.counters) == ("0", 1, 0, {"thp_fault_alloc": 1})
    assert found.regions[("A", "r")].slots == "H"


def test_counters_begin_anew_with_each_operation():
    outcomes = replay("spawn A", "mmap A r 4M", "madvise A r 4M hugepage", "touch A r 4M write", "touch A r 4M write")
    assert [outcome.counters for outcome in outcomes[1][-2:]] == [{"thp_fault_alloc": 2}, {}]


def test_nobody_looks_after_a_write_that_wakes_khugepaged():
    outcomes = replay("spawn A", "mmap A r 2M", f"write {ENABLED} always", "touch A r 4K write")[1]
    assert outcomes[2].regions is None
    assert outcomes[3].regions[("A", "r")].slots == "H"


def test_an_error_is_the_return_value():
    assert replay("spawn A", "mmap A r 2M", "munmap A r+1 4K")[1][-1].ret == "-EINVAL"


def test_an_operation_of_later_is_not_passed_over():
    host = machine()
    run = Replay(host, Vfs(host))
    with pytest.raises(NotSupported, match="io_uring"):
        run.do(recording(op("io_uring A r 4K")).operations[0])


def test_a_process_that_dies_is_named_and_forgotten():
    run, outcomes = replay(
        "spawn A", "spawn B", "mmap B r 700M", "mmap B s 600M", "touch B r 700M write", "touch B s 600M write"
    )
    assert (outcomes[5].ret, outcomes[5].minflt) == ("KILLED", 0)
    assert list(run.recorder.processes) == ["A"]


def test_a_process_that_dies_for_another_is_told():
    mapped = ("spawn A", "spawn B", "mmap A r 700M", "mmap B s 600M")
    found = replay(*mapped, "touch A r 700M write", "touch B s 600M write")[1][-1]
    assert (found.ret, found.results["died"]) == ("0", ["A"])
    assert list(found.regions) == [("B", "s")]


def test_an_exact_recorder_waits_before_it_counts_and_daemons_run_meanwhile():
    mapped = ("spawn A", "mmap A r 16K", "touch A r 16K write", "madvise A r 16K mergeable")
    run, _ = replay("exact on", *mapped, "ksm run")
    ksm = run.machine.kernel.ksm
    assert (ksm.pages_shared, ksm.pages_sharing) == (1, 3)
    run, _ = replay(*mapped, "ksm run")
    assert run.machine.kernel.ksm.full_scans <= 1
