"""/proc/PID/clear_refs."""

from __future__ import annotations

import pytest

from tests.fs.proc.pid.recorded import blocks, read
from tests.support import START, Host, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.fs.vfs import Vfs
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.gup import pin
from thpsh.mm.shmem import dev_zero


def write(app: Host, text: str) -> int:
    used = Vfs(app.machine).write(f"/proc/{app.task.pid}/clear_refs", text)
    debug_vm(app.kernel)
    return used


def referenced(app: Host, start: int = START, size: int = 64 * M) -> int:
    lines = blocks(read(app, "smaps"), start, start + size).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Referenced:"))


def small() -> Host:
    app = host()
    app.enabled("never")
    app.map(2 * M)
    app.write(0, 64 * K)
    return app


def test_pages_are_as_if_nobody_had_used_them() -> None:
    app = small()
    assert referenced(app) == 64
    assert write(app, "1\n") == 2
    assert referenced(app) == 0
    app.read(0, 8 * K)
    assert referenced(app) == 8


def test_the_flag_of_the_page_is_cleared_too() -> None:
    app = small()
    pin(app.kernel, app.task, START, 8 * K)
    write(app, "1")
    assert referenced(app) == 0


def test_huge_pages_are_split_on_the_way() -> None:
    app = host()
    app.map(4 * M)
    app.write(0, 1)
    app.write(2 * M, 1)
    write(app, "1")
    assert app.slots(4 * M) == "FF"
    assert referenced(app) == 0
    assert app.event("thp_split") == 2


def test_2_takes_memory_without_a_file_and_3_the_rest() -> None:
    for text, anon, file in (("2", 0, 64), ("3", 64, 0)):
        app = small()
        app.map(2 * M, START + 4 * M, file=dev_zero(app.kernel))
        app.write(4 * M, 64 * K)
        write(app, text)
        assert (referenced(app, START, 2 * M), referenced(app, START + 4 * M, 2 * M)) == (anon, file)


@pytest.mark.parametrize("text", ["0", "4", "-1", "x", "1x", "\n", "0x1", "1 2"])
def test_other_words_are_einval(text: str) -> None:
    app = small()
    with pytest.raises(KernelError) as caught:
        write(app, text)
    assert caught.value.errno is Errno.EINVAL
    assert referenced(app) == 64


def test_for_kernel_threads_nothing_happens() -> None:
    assert Vfs(host().machine).write("/proc/khugepaged/clear_refs", "1") == 1
