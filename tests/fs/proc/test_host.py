"""Files about the host as a whole."""

from __future__ import annotations

from tests.support import M, host
from thpsh.boot import MachineSpec, boot
from thpsh.fs.vfs import Vfs


def test_the_banner_is_that_of_the_release() -> None:
    assert Vfs(host().machine).read("/proc/version") == (
        "Linux version 3.0.0 (thpsh@thpsh) (gcc version 4.6.1) #1 SMP Fri Jul 22 02:17:23 UTC 2011\n"
    )
    assert Vfs(host(kernel="2.6.39").machine).read("/proc/version").startswith("Linux version 2.6.39 (thpsh@thpsh)")
    assert Vfs(host(kernel="3.1").machine).read("/proc/sys/kernel/osrelease") == "3.1.0\n"


def test_the_boot_log_begins_with_the_same_banner() -> None:
    machine = host().machine
    assert machine.dmesg.lines[0][1] + "\n" == Vfs(machine).read("/proc/version")


def test_the_command_line_is_shown_as_given() -> None:
    machine = boot(MachineSpec(memory=1024 * M, cmdline="transparent_hugepage=madvise quiet"))
    assert Vfs(machine).read("/proc/cmdline") == "transparent_hugepage=madvise quiet\n"
    assert Vfs(host().machine).read("/proc/cmdline") == "\n"


def test_uptime_has_hundredths_and_all_cpus_were_idle() -> None:
    machine = boot(MachineSpec(memory=1024 * M, cpus=2))
    machine.kernel.clock.now = 61_239_999_999
    assert Vfs(machine).read("/proc/uptime") == "61.23 122.46\n"


def test_there_is_no_swap() -> None:
    assert Vfs(host().machine).read("/proc/swaps") == "Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n"


def test_the_host_has_a_name() -> None:
    files = Vfs(host().machine)
    assert files.read("/proc/sys/kernel/hostname") == "thpsh\n"
    assert files.read("/proc/sys/kernel/ostype") == "Linux\n"
