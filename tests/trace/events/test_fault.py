"""Faults and their counters."""

from thpsh.trace.events.fault import FaultKind, PageFault, Signal


def counts(kind, count, *, major=False):
    return dict(PageFault(1, 0x1000, 0x3000, count, kind, write=True, major=major).counts())


def test_a_range_of_small_faults_is_one_event_and_many_counts():
    assert counts(FaultKind.SMALL, 300) == {"pgfault": 300}


def test_a_huge_fault_is_one_fault():
    assert counts(FaultKind.HUGE, 1) == {"pgfault": 1}


def test_a_major_fault_counts_as_both():
    # handle_mm_fault counts PGFAULT for all, the filemap and swap code PGMAJFAULT on top.
    assert counts(FaultKind.FILE_READ, 2, major=True) == {"pgfault": 2, "pgmajfault": 2}


def test_a_signal_counts_nothing():
    assert dict(Signal(1, "SIGSEGV", 0, "SEGV_MAPERR").counts()) == {}
