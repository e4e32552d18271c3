"""The thread before its first round (mm/huge_memory.c, 3.0)."""

from thpsh.structs.khugepaged import Khugepaged, Nap


def test_defaults_of_3_0():
    daemon = Khugepaged()
    assert daemon.pages_to_scan == 8 * 512
    assert (daemon.scan_sleep_millisecs, daemon.alloc_sleep_millisecs) == (10_000, 60_000)
    assert daemon.max_ptes_none == 511
    assert (daemon.pages_collapsed, daemon.full_scans) == (0, 0)


def test_it_does_not_run_before_it_is_started():
    daemon = Khugepaged()
    assert not daemon.running
    assert daemon.nap is Nap.NONE
    assert not daemon.mms


def test_every_nap_is_told_apart_by_its_text():
    assert len({nap.value for nap in Nap}) == len(Nap) == 5
