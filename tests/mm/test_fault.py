"""Touching memory: signals, the end of memory."""

from tests.support import START, K, M, host
from thpsh.structs.page_table import HugePmd
from thpsh.structs.vma import Vm


def test_unmapped_memory_kills_with_sigsegv():
    h = host()
    report = h.write(0, 4 * K)
    assert (report.signal, report.at, report.minor) == ("SIGSEGV", START, 0)
    assert h.task.dead


def test_a_process_with_a_handler_survives_its_sigsegv():
    h = host()
    h.map(2 * M, flags=Vm.READ | Vm.MAY)
    report = h.write(M, 4 * K, caught=True)
    assert (report.signal, report.at) == ("SIGSEGV", START + M)
    assert not h.task.dead


def test_a_write_to_read_only_memory_kills_a_read_does_not():
    h = host()
    h.map(2 * M, flags=Vm.READ | Vm.MAY)
    assert h.read(0, 4 * K).signal == ""
    assert h.write(0, 4 * K).signal == "SIGSEGV"


def test_memory_without_any_access_kills_readers_too():
    h = host()
    h.map(2 * M, flags=Vm.MAY)
    assert h.read(0, 4 * K).signal == "SIGSEGV"


def test_what_was_touched_before_the_end_of_a_vma_counts():
    h = host(cmdline="transparent_hugepage=never")
    h.map(M)
    report = h.write(0, 2 * M)
    assert (report.minor, report.at, report.signal) == (256, START + M, "SIGSEGV")


def test_a_read_of_memory_that_may_only_be_written_is_fine_on_x86():
    h = host()
    h.map(2 * M, flags=Vm.WRITE | Vm.MAY)
    assert h.read(0, 4 * K).signal == ""


def test_when_memory_ends_the_largest_process_dies():
    h = host(memory=64 * M)
    h.map(128 * M)
    report = h.write(0, 128 * M)
    assert (report.signal, report.at, report.killed) == ("SIGKILL", None, "app")
    assert h.task.dead
    assert "Out of memory: Kill process" in h.machine.dmesg.text()


def test_the_unkillable_outlives_a_smaller_one():
    from thpsh.boot import start_process

    h = host(memory=64 * M)
    small = start_process(h.machine, "small")
    h.task.oom_score_adj = -1000
    h.map(40 * M)
    h.write(0, 40 * M)
    report = h.write(0, 40 * M)
    assert report.killed in ("", "small")
    assert not h.task.dead or small.dead


def test_random_writes_take_one_fault_for_each_huge_page_and_all_are_noted():
    h = host()
    h.map(16 * M)
    assert h.write(0, 16 * M, random=2000).minor == 8
    assert h.slots(16 * M) == "HHHHHHHH"
    entries = h.task.mm.pmds.values()
    assert sum(entry.block.tagged.bit_count() for entry in entries if isinstance(entry, HugePmd)) == 2000
