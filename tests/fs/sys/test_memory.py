"""/sys/devices/system/memory."""

from __future__ import annotations

import pytest

from tests.mm.layout import placed
from tests.support import START, K, host
from thpsh.errors import Errno, KernelError
from thpsh.fs.vfs import Vfs
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.frames import frame_at
from thpsh.mm.pagevec import lru_add_drain_all

ROOT = "/sys/devices/system/memory"


@pytest.mark.parametrize("name", ["soft_offline_page", "hard_offline_page"])
def test_an_address_is_taken_and_nothing_can_be_read(name: str) -> None:
    app = host()
    files = Vfs(app.machine)
    first = app.kernel.zones[-1].area.virgin[0][0] << 21
    assert files.mode(f"{ROOT}/{name}") == "-rw-r--r--"
    assert files.write(f"{ROOT}/{name}", f"{first + 4 * K + 5:#x}\n") > 0
    assert f" {(first >> 12) + 1:#x}" in app.machine.dmesg.lines[-1][1]
    debug_vm(app.kernel)
    for text, errno in (("junk", Errno.EINVAL), ("-1", Errno.EINVAL), (f"{1 << 50}", Errno.ENXIO)):
        with pytest.raises(KernelError) as caught:
            files.write(f"{ROOT}/{name}", text)
        assert caught.value.errno is errno
    with pytest.raises(KernelError) as caught:
        files.read(f"{ROOT}/{name}")
    assert caught.value.errno is Errno.EIO


def test_one_harms_nobody_and_the_other_does() -> None:
    app = placed(64 * K)
    app.enabled("never")
    app.write(0, 64 * K)
    lru_add_drain_all(app.kernel)
    files = Vfs(app.machine)

    def address(page: int) -> str:
        block, frame = frame_at(app.kernel, app.task.mm.pmds[START >> 21], page)  # type: ignore[union-attr, arg-type]
        return f"{(block.start_pfn + frame) << 12:#x}"

    files.write(f"{ROOT}/soft_offline_page", address(0))
    files.write(f"{ROOT}/hard_offline_page", address(1))
    assert app.read(0, 4 * K).signal == ""
    assert app.read(4 * K, 4 * K, caught=True).signal == "SIGBUS"
    assert app.kernel.totals.hwpoison_pages == 2
