"""/proc/PID/smaps: whole texts against a recording."""

from __future__ import annotations

from tests.fs.capture import columns, section
from tests.fs.proc.pid.recorded import SECOND, blocks, read, smaps_process
from tests.support import START, M, host
from thpsh.fs.vfs import Vfs
from thpsh.mm.exit import do_exit
from thpsh.mm.fork import fork
from thpsh.mm.mlock import mlock

END = SECOND + (4 << 30)


def test_the_memory_of_the_recorded_process_reads_the_same_to_the_last_byte() -> None:
    app = smaps_process()
    fork(app.kernel, app.task, "B")
    real = section("proc-smaps.txt", "cat /proc/$A/smaps")
    assert blocks(read(app, "smaps"), START, END) == blocks(real, START, END)


def test_and_so_does_that_of_its_child() -> None:
    app = smaps_process()
    child = fork(app.kernel, app.task, "B")
    app.read(0, 4096, task=child)
    mine = Vfs(app.machine).read(f"/proc/{child.pid}/smaps")
    assert blocks(mine, START, END) == blocks(section("proc-smaps.txt", "cat /proc/$B/smaps"), START, END)


def test_the_layout_around_it_is_the_same_up_to_the_vsyscall_page() -> None:
    app = smaps_process()
    real = section("proc-smaps.txt", "cat /proc/$A/smaps").replace(" 833  ", " 1000 ").replace("/thpprobe", "/bin/app")
    assert columns(read(app, "smaps")) == columns(real)


def test_the_vsyscall_page_is_four_kilobytes_of_nothing() -> None:
    real = section("proc-smaps.txt", "cat /proc/$A/smaps")
    gate = real[real.index("ffffffffff600000") :]
    assert read(host(), "smaps").endswith(gate)


def test_2_6_38_has_no_line_for_huge_pages_and_splits_them() -> None:
    app = host(kernel="2.6.38")
    app.map(4 * M)
    app.write(0, 1)
    app.write(2 * M, 1)
    assert app.slots(4 * M) == "HH"
    text = read(app, "smaps")
    assert "AnonHugePages" not in text
    assert app.slots(4 * M) == "FF"


def test_since_2_6_39_reading_leaves_huge_pages_alone() -> None:
    app = host(kernel="2.6.39")
    app.map(2 * M)
    app.write(0, 1)
    assert "AnonHugePages:      2048 kB\n" in read(app, "smaps")
    assert app.slots(2 * M) == "H"


def test_locked_is_the_share_of_a_locked_vma() -> None:
    app = host()
    app.map(2 * M)
    mlock(app.kernel, app.task, START, 2 * M)
    assert blocks(read(app, "smaps"), START, END).endswith("Locked:             2048 kB")


def test_kernel_threads_and_the_dead_have_none() -> None:
    app = host()
    assert Vfs(app.machine).read("/proc/kswapd0/smaps") == ""
    do_exit(app.kernel, app.task)
    assert read(app, "smaps") == ""
