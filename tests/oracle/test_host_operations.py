"""Processes, files and time."""

from tests.oracle.cases import machine, op, recording, replay
from thpsh.fs.vfs import Vfs
from thpsh.oracle.replay import Replay

THP = "/sys/kernel/mm/transparent_hugepage/"


def test_a_child_knows_its_parents_regions_and_may_change_its_own():
    run, _ = replay("spawn A", "mmap A r 2M", "fork A B", "mremap B r 2M 4M")
    sizes = [run.recorder.processes[name].regions["r"].length >> 20 for name in "AB"]
    assert sizes == [2, 4]


def test_files_are_read_and_written():
    _, outcomes = replay(f"write {THP}enabled never", f"read {THP}enabled", f"read {THP}no_such_file")
    assert outcomes[0].results == {}
    assert outcomes[1].results == {"value": "always madvise [never]\n"}
    assert outcomes[2].ret == "-ENOENT"


def test_a_write_never_creates():
    _, outcomes = replay(f"write {THP}shmem_enabled always", f"write {THP}hpage_pmd_size 1", 'write /proc/x ""')
    assert [outcome.ret for outcome in outcomes] == ["-ENOENT", "-ENOENT", "-ENOENT"]


def test_a_write_that_is_not_used_up_tells_how_much_was():
    class Short:
        def read(self, path):
            return ""

        def write(self, path, text, *, create=True):
            return min(len(text), 7)

    run = Replay(machine(), Short())
    operations = recording(op("write /a 1234567"), op("write /a 12345678")).operations
    assert [run.do(operation).results for operation in operations] == [{}, {"written": 7}]


def test_the_lru_caches_are_empty_when_khugepaged_is_woken():
    def waiting(*lines):
        run, _ = replay("spawn A", "mmap A r 2M", "touch A r 8K write", *lines)
        return sum(len(pagevec.entries) for pagevec in run.machine.kernel.cpus[0].pagevecs)

    assert waiting() > 0
    assert waiting("drain") == 0
    assert waiting(f"write {THP}khugepaged/scan_sleep_millisecs 600000") == 0


def test_time_passes_as_told():
    host = machine()
    run = Replay(host, Vfs(host))
    before = host.kernel.clock.now
    for operation in recording(op("sleep 300"), op("settle"), op("exact on"), op("watch nr_")).operations:
        assert run.do(operation).ret == "0"
    assert host.kernel.clock.now - before >= 4500 * 10**6
