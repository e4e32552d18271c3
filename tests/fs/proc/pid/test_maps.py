"""/proc/PID/maps against a recording."""

from __future__ import annotations

from tests.fs.capture import section
from tests.fs.proc.pid.recorded import read
from tests.support import START, K, M, host
from thpsh.fs.vfs import Vfs
from thpsh.mm.mman import Map, Prot
from thpsh.mm.mmap import MapRequest, mmap
from thpsh.mm.shmem import dev_zero
from thpsh.structs.vma import Vm


def real(*starts: str) -> list[str]:
    """Lines of the recording that begin with some addresses."""
    lines = section("proc-files.txt", "cat /proc/$A/maps").splitlines()
    return [line for line in lines if line.startswith(starts)]


def test_a_fresh_process_has_the_vmas_of_the_recorded_one() -> None:
    wanted = real("0040", "0041", "00420", "7ff", "fff")
    mine = read(host(), "maps").replace("/bin/app", "/thpprobe").replace(" 1000 ", " 821  ")
    assert mine.splitlines() == wanted


def test_the_guard_page_of_the_stack_is_not_shown() -> None:
    app = host()
    mm = app.task.mm
    assert mm is not None
    stack = mm.vmas[-1]
    assert stack.flags & Vm.GROWSDOWN
    assert f"{stack.start + 4 * K:08x}-7ffffffff000 rw-p" in read(app, "maps")


def test_anonymous_shared_and_device_memory_look_as_recorded() -> None:
    app = host()
    kernel, task = app.kernel, app.task
    rw, fixed = Prot.READ | Prot.WRITE, Map.FIXED
    mmap(kernel, task, MapRequest(0x200300000000, 2 * M, Prot.READ, Map.PRIVATE | Map.ANONYMOUS | fixed))
    mmap(kernel, task, MapRequest(0x200400000000, 2 * M, Prot.NONE, Map.PRIVATE | Map.ANONYMOUS | fixed))
    kernel.totals.next_inode = 1285
    mmap(kernel, task, MapRequest(0x200500000000, 2 * M, rw, Map.SHARED | Map.ANONYMOUS | fixed))
    mmap(kernel, task, MapRequest(0x200700000000, 4 * M, rw, Map.PRIVATE | fixed, dev_zero(kernel)))
    mine = [line for line in read(app, "maps").splitlines() if line.startswith("2")]
    assert mine == real("2003", "2004", "2005", "2007")


def test_a_long_name_moves_out_of_its_column_by_one_blank() -> None:
    app = host()
    file = app.map(2 * M, START, file=dev_zero(app.kernel)).file
    assert file is not None
    file.device, file.inode = "00:05", 10**30
    line = next(line for line in read(app, "maps").splitlines() if line.startswith("2"))
    assert line == f"200000000000-200000200000 rw-p 00000000 00:05 {10**30}  /dev/zero"


def test_kernel_threads_have_no_maps() -> None:
    assert Vfs(host().machine).read("/proc/khugepaged/maps") == ""
