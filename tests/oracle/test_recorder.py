"""The host as the recorder prepared it."""

import pytest

from tests.oracle.cases import machine, replay
from thpsh.fs.vfs import Vfs
from thpsh.oracle.recorder import Recorder
from thpsh.oracle.words import Refused, Words

THP = "/sys/kernel/mm/transparent_hugepage/"


def test_the_prelude_asks_for_madvise_and_a_khugepaged_that_sleeps():
    host = machine()
    recorder = Recorder(host, Vfs(host))
    assert recorder.files.read(THP + "enabled") == "always [madvise] never\n"
    assert recorder.files.read(THP + "khugepaged/scan_sleep_millisecs") == "600000\n"
    assert (recorder.task.name, recorder.task.oom_score_adj) == ("thpprobe", -1000)


def test_one_quiet_process_is_registered_with_khugepaged():
    host = machine()
    Recorder(host, Vfs(host))
    (keeper,) = [task for task in host.kernel.tasks.values() if task.name == "keeper"]
    assert list(host.kernel.khugepaged.mms) == [keeper.mm]
    assert keeper.oom_score_adj == -1000
    assert not [vma for vma in keeper.mm.vmas if 0x200000000000 <= vma.start < 0x300000000000]


def test_a_recorded_process_dies_first_and_is_the_recorders_child():
    run, _ = replay("spawn A", "fork A B")
    first, second = (run.recorder.processes[name].task for name in "AB")
    assert (first.oom_score_adj, second.oom_score_adj) == (500, 500)
    assert first.parent == second.parent == run.recorder.task.pid


def test_every_region_has_its_own_window():
    run, _ = replay("spawn A", "mmap A r 2M", "mmap A s 2M offset=4K", "mremap A s 1M 1M to=t")
    regions = run.recorder.processes["A"].regions
    assert [regions[name].base for name in "rst"] == [0x200000000000, 0x200100001000, 0x200200000000]


def test_a_region_and_an_offset_are_a_place():
    run, _ = replay("spawn A", "mmap A r 2M")
    process = run.recorder.processes["A"]
    assert process.region("r+0x10")[1] == 0x200000000010
    for word in ("s", "r+x", "r+", "+4K"):
        with pytest.raises(Refused, match="no such region"):
            process.region(word)


def test_the_dead_have_no_name():
    run, _ = replay("spawn A", "exit A")
    with pytest.raises(Refused, match="no such process"):
        run.recorder.process(Words("touch A r 4K write"))
