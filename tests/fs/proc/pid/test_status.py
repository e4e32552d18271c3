"""/proc/PID/status, stat, statm, comm and cmdline against recordings."""

from __future__ import annotations

import pytest

from tests.fs.capture import columns, section, words
from tests.fs.proc.pid.recorded import SECOND, read, write
from tests.mm.layout import FIXED, RW, R
from tests.support import START, Host, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.fs.vfs import Vfs
from thpsh.mm.exit import do_exit
from thpsh.mm.madvise import madvise
from thpsh.mm.mlock import mlock
from thpsh.mm.mmap import MapRequest, mmap, munmap
from thpsh.mm.mprotect import mprotect
from thpsh.mm.task import new_task

HUGEPAGE = 14


def sizes(app: Host) -> dict[str, int]:
    """The lines in kB that do not lag on a real kernel."""
    rows = [line.split() for line in read(app, "status").splitlines()]
    wanted = ("VmPeak:", "VmSize:", "VmLck:", "VmData:", "VmStk:", "VmPTE:")
    return {row[0][2:-1]: int(row[1]) for row in rows if row[0] in wanted}


def test_the_layout_of_status_is_that_of_the_real_file() -> None:
    real = section("proc-files.txt", "cat /proc/$A/status")
    mine = read(host(memory=2048 * M), "status")
    numbers = ("FDSize", "SigQ", "voluntary", "nonvoluntary", "Tgid", "Pid", "PPid", "Name", "Sig")
    assert [columns(line) for line in mine.splitlines() if not line.startswith(numbers)] == [
        columns(line) for line in real.splitlines() if not line.startswith(numbers)
    ]
    assert [line.split(":")[0] for line in mine.splitlines()] == [line.split(":")[0] for line in real.splitlines()]


def test_masks_of_cpus_and_nodes_are_those_of_the_real_file() -> None:
    real = section("proc-files.txt", "cat /proc/$A/status").splitlines()
    mine = read(host(memory=2048 * M), "status").splitlines()
    for start in ("Cpus_allowed", "Mems_allowed", "Uid", "Gid", "Groups", "State", "Cap"):
        assert [line for line in mine if line.startswith(start)] == [line for line in real if line.startswith(start)]


def test_sizes_follow_the_recorded_process_step_by_step() -> None:
    app = host(memory=2048 * M)
    app.enabled("madvise")
    kernel, task = app.kernel, app.task
    fresh = {"Peak": 1116, "Size": 1116, "Lck": 0, "Data": 852, "Stk": 136, "PTE": 8}
    assert sizes(app) == fresh
    mmap(kernel, task, MapRequest(START, 6 * M, RW, FIXED))
    madvise(kernel, task, START, 6 * M, HUGEPAGE)
    write(app, START, 4 * K)
    assert sizes(app) == fresh | {"Peak": 7260, "Size": 7260, "Data": 6996}
    write(app, START + 2 * M, 4 * K)
    mprotect(kernel, task, START + 2 * M, 4 * K, R)
    assert sizes(app) == fresh | {"Peak": 7260, "Size": 7260, "Data": 6996, "PTE": 12}
    mmap(kernel, task, MapRequest(SECOND, 2 * M, RW, FIXED))
    write(app, SECOND, 100 * K)
    assert sizes(app) == fresh | {"Peak": 9308, "Size": 9308, "Data": 9044, "PTE": 16}
    mlock(kernel, task, START, 2 * M)
    mlock(kernel, task, SECOND, 8 * K)
    assert sizes(app) == fresh | {"Peak": 9308, "Size": 9308, "Data": 9044, "PTE": 16, "Lck": 2056}
    munmap(kernel, task, START, 6 * M)
    assert sizes(app) == fresh | {"Peak": 9308, "Size": 3164, "Data": 2900, "PTE": 12, "Lck": 8}


def test_statm_counts_pages_as_recorded() -> None:
    app = host(memory=2048 * M)
    assert [read(app, "statm").split()[place] for place in (0, 4, 5, 6)] == ["279", "0", "247", "0"]
    mmap(app.kernel, app.task, MapRequest(START, 6 * M, RW, FIXED))
    before = int(read(app, "statm").split()[1])
    write(app, START, 4 * K)
    assert int(read(app, "statm").split()[1]) == before + 512


def test_the_library_size_of_a_program_without_libraries_wraps() -> None:
    app = host()
    mm = app.task.mm
    assert mm is not None
    mm.start_code, mm.end_code, mm.exec_vm = 0x400000, 0x41937A, 25
    text = read(app, "status")
    assert "VmExe:\t     104 kB\nVmLib:\t18446744073709551612 kB\n" in text
    assert read(app, "statm").split()[3] == "26"


def test_the_layout_of_stat_and_statm_is_that_of_the_real_files() -> None:
    app = host()
    for name in ("stat", "statm"):
        real = section("proc-files.txt", f"cat /proc/$A/{name}").replace("(exe)", "(app)")
        assert words(read(app, name)) == words(real)


def test_stat_shows_faults_sizes_and_the_moment_of_birth() -> None:
    app = host()
    app.map(2 * M)
    before = read(app, "stat").split()
    app.write(0, 1)
    app.task.start_ns = 900_000_000
    after = read(app, "stat").split()
    assert int(after[9]) - int(before[9]) == 1
    assert int(after[22]) == (279 + 512) * 4096
    assert int(after[23]) - int(before[23]) == 512
    assert after[21] == "90"
    assert after[:5] == [str(app.task.pid), "(app)", "S", "1", "0"]


def test_kernel_threads_have_no_sizes() -> None:
    files = Vfs(host().machine)
    assert "Vm" not in files.read("/proc/khugepaged/status")
    assert files.read("/proc/khugepaged/statm") == "0 0 0 0 0 0 0\n"
    assert files.read("/proc/khugepaged/stat").split()[22:24] == ["0", "0"]
    assert files.read("/proc/khugepaged/cmdline") == ""


def test_the_dead_stay_visible() -> None:
    app = host()
    do_exit(app.kernel, app.task)
    assert "State:\tZ (zombie)\n" in read(app, "status")
    assert read(app, "stat").split()[2] == "Z"
    assert "VmRSS" not in read(app, "status")


def test_names_are_cut_at_15_letters() -> None:
    app = host()
    task = new_task(app.kernel, "a-name-longer-than-15", 1, 0)
    files = Vfs(app.machine)
    assert files.read(f"/proc/{task.pid}/comm") == "a-name-longer-t\n"
    assert "Name:\ta-name-longer-t\n" in files.read(f"/proc/{task.pid}/status")
    assert "(a-name-longer-t)" in files.read(f"/proc/{task.pid}/stat")


def test_a_name_can_only_be_changed_by_its_process() -> None:
    app = host()
    files = Vfs(app.machine)
    for pid in (app.task.pid, 2):
        before = files.read(f"/proc/{pid}/comm")
        with pytest.raises(KernelError) as refused:
            files.write(f"/proc/{pid}/comm", "other\n")
        assert refused.value.errno is Errno.EINVAL
        assert files.read(f"/proc/{pid}/comm") == before


def test_the_command_line_ends_with_a_nul() -> None:
    assert read(host(), "cmdline") == "app\0"
