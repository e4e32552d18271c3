"""The end of a kernel, and what comes before it."""

import pytest

from tests.commands.typed import Typed
from tests.support import M, host
from thpsh.errors import KernelPanic
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exec import execve, spawn
from thpsh.mm.fork import fork
from thpsh.mm.panic import panic


def full(**spec):
    """A host of 64 MiB whose memory `app` and its children fill almost to the last page."""
    h = host(memory=64 * M, cmdline="transparent_hugepage=never", **spec)
    h.map(64 * M)
    zone = h.kernel.zones[-1]
    h.write(0, (zone.free - zone.min_wmark - 40) * 4096)
    return h


def test_a_panic_is_logged_and_remembered():
    h = host()
    with pytest.raises(KernelPanic, match="not syncing: for a test"):
        panic(h.kernel, "for a test")
    assert h.kernel.totals.panic == "Kernel panic - not syncing: for a test"
    assert "Kernel panic - not syncing: for a test" in h.machine.dmesg.text()


def test_a_fork_that_meets_the_end_of_memory_kills_the_largest_and_goes_on():
    h = full()
    children = []
    while not h.task.dead and len(children) < 900:
        children.append(spawn(h.kernel, f"s{len(children)}", h.kernel.tasks[1], 0))
    debug_vm(h.kernel)
    assert h.task.dead
    assert children[-1].mm is not None
    assert "Out of memory: Kill process" in h.machine.dmesg.text()


def test_exec_in_a_full_host_kills_somebody_else():
    h = full()
    other = fork(h.kernel, h.kernel.tasks[1], "other")
    for _ in range(20):
        if not h.task.dead:
            execve(h.kernel, other, 512 * 1024)
            debug_vm(h.kernel)
            h.write(0, 64 * M) if not h.task.dead else None
    assert h.task.dead
    assert not other.dead


def test_without_a_victim_the_host_stops_and_commands_say_so():
    t = Typed(memory=64 * M, cmdline="transparent_hugepage=never")
    t.session.after = None
    t("echo 1 > /proc/sys/vm/overcommit_memory; spawn app; mmap app buf 64M; echo -1000 > /proc/app/oom_score_adj")
    assert "Kernel panic - not syncing: Out of memory and no killable processes" in t.fails("touch app buf")
    assert t.fails("touch app buf").startswith("touch: the host has stopped")
    assert "app" in t("ps")
    assert "Kernel panic" in t("dmesg | tail -n 1")
    t("reset")
    t("spawn app")
