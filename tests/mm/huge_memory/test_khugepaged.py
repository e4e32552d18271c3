"""The thread comes and goes with `enabled`."""

import pytest

from tests.support import M, host
from thpsh.mm.huge_memory.khugepaged import start_khugepaged
from thpsh.structs.khugepaged import Nap


def threads(h):
    return [(task.name, task.nice) for task in h.kernel.tasks.values() if task.name == "khugepaged" and not task.dead]


def turn(h, mode):
    h.enabled(mode)
    start_khugepaged(h.kernel)


def test_it_runs_after_boot_with_the_lowest_priority_and_waits_for_a_process():
    h = host()
    assert threads(h) == [("khugepaged", 19)]
    assert h.kernel.khugepaged.nap is Nap.IDLE


@pytest.mark.parametrize("options", [{"cmdline": "transparent_hugepage=never"}, {"memory": 256 * M}, {"pse": False}])
def test_where_huge_pages_are_off_it_is_not_there(options):
    h = host(**options)
    assert threads(h) == []
    assert not h.kernel.khugepaged.running


def test_never_ends_it_and_madvise_brings_it_back():
    h = host()
    turn(h, "never")
    assert threads(h) == []
    turn(h, "madvise")
    assert len(threads(h)) == 1
    turn(h, "always")
    assert len(threads(h)) == 1


def test_enabling_raises_the_reserve_and_disabling_keeps_it():
    # set_recommended_min_free_kbytes only ever raises.
    h = host(cmdline="transparent_hugepage=never")
    low = h.kernel.sysctl.min_free_kbytes
    turn(h, "always")
    high = h.kernel.sysctl.min_free_kbytes
    assert high > low
    turn(h, "never")
    assert h.kernel.sysctl.min_free_kbytes == high


def test_a_registered_process_is_looked_at_at_once():
    h = host()
    h.map(4 * M)
    h.write(0, 4 * M)
    turn(h, "never")
    turn(h, "always")
    assert h.kernel.khugepaged.nap is Nap.SCAN
    assert h.kernel.khugepaged.woken


def test_a_kernel_without_the_daemon_starts_none():
    assert threads(host(revert=("33",))) == []
