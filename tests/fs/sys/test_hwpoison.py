"""/sys/kernel/debug/hwpoison."""

from __future__ import annotations

import pytest

from tests.fs.capture import section
from tests.mm.layout import placed
from tests.support import START, Host, K, host
from thpsh.errors import Errno, KernelError
from thpsh.fs.vfs import Vfs
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.frames import frame_at
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.config import BuildConfig

ROOT = "/sys/kernel/debug/hwpoison"


def small() -> tuple[Host, Vfs, int]:
    """A process with small pages, the files, and the frame number of its first page."""
    app = placed(64 * K)
    app.enabled("never")
    app.write(0, 64 * K)
    lru_add_drain_all(app.kernel)
    block, frame = frame_at(app.kernel, app.task.mm.pmds[START >> 21], 0)  # type: ignore[union-attr, arg-type]
    return app, Vfs(app.machine), block.start_pfn + frame


def test_names_and_modes_are_those_of_the_real_host() -> None:
    files = Vfs(host().machine)
    listing = (
        section("listings.txt", "ls -l /sys/kernel/debug/extfrag /sys/kernel/debug/hwpoison")
        .split("hwpoison:\n", 1)[1]
        .split("\n\n", 1)[0]
    )
    rows = [line.split() for line in listing.splitlines() if line.startswith("-")]
    assert {name: files.mode(f"{ROOT}/{name}") for name in files.listdir(ROOT)} == {row[-1]: row[0] for row in rows}


def test_what_the_filters_read_at_first_and_what_they_keep() -> None:
    files = Vfs(host().machine)
    names = [name for name in files.listdir(ROOT) if name.startswith("corrupt-filter")]
    assert {name: files.read(f"{ROOT}/{name}") for name in names} == {
        "corrupt-filter-dev-major": "4294967295\n", "corrupt-filter-dev-minor": "4294967295\n",
        "corrupt-filter-enable": "0\n", "corrupt-filter-flags-mask": "0\n", "corrupt-filter-flags-value": "0\n",
        "corrupt-filter-memcg": "0\n",
    }  # fmt: skip
    files.write(f"{ROOT}/corrupt-filter-dev-major", "0x100000008\n")
    files.write(f"{ROOT}/corrupt-filter-flags-mask", "0x100000008\n")
    assert files.read(f"{ROOT}/corrupt-filter-dev-major") == "8\n"
    assert files.read(f"{ROOT}/corrupt-filter-flags-mask") == "4294967304\n"


def test_a_kernel_without_memory_cgroups_cannot_filter_by_them() -> None:
    files = Vfs(host(build=BuildConfig(memcg=False)).machine)
    assert "corrupt-filter-memcg" not in files.listdir(ROOT)


def test_a_page_fails_and_is_declared_healthy() -> None:
    app, files, pfn = small()
    files.write(f"{ROOT}/corrupt-filter-enable", "1")
    assert files.write(f"{ROOT}/corrupt-pfn", f"{pfn:#x}\n") == len(f"{pfn:#x}\n")
    assert app.kernel.totals.hwpoison_pages == 1
    files.write(f"{ROOT}/unpoison-pfn", f"{pfn}\n")
    assert app.kernel.totals.hwpoison_pages == 0
    debug_vm(app.kernel)


def test_errors_are_those_of_the_kernel_and_a_word_is_page_0() -> None:
    app, files, pfn = small()
    for text, errno in ((f"{pfn}", Errno.EBUSY), (f"{1 << 40}", Errno.ENXIO), ("junk", Errno.EBUSY)):
        with pytest.raises(KernelError) as caught:
            files.write(f"{ROOT}/corrupt-pfn", text)
        assert caught.value.errno is errno
    assert app.machine.dmesg.lines[-1][1] == "MCE 0x0: non LRU page recovery: Ignored"
    with pytest.raises(KernelError) as caught:
        files.write(f"{ROOT}/unpoison-pfn", f"{1 << 40}")
    assert caught.value.errno is Errno.ENXIO
