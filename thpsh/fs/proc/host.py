"""/proc files about the host as a whole: version, cmdline, uptime, loadavg, swaps (fs/proc/*.c)."""

from __future__ import annotations

from typing import Final

from thpsh.fs.vfile import Place, VFile

COMPILER: Final = "gcc version 4.6.1"
_HUNDREDTH: Final = 10**7


def _version(place: Place) -> str:
    built = place.machine.selection.release.built
    return f"Linux version {place.kernel.release} (thpsh@thpsh) ({COMPILER}) #1 SMP {built}\n"


def _cmdline(place: Place) -> str:
    return f"{place.kernel.cmdline}\n"


def _uptime(place: Place) -> str:
    """Seconds since boot, and those that all CPUs together were idle: all of them, as nothing computes here."""
    up = place.kernel.clock.now // _HUNDREDTH
    idle = up * len(place.kernel.cpus)
    return f"{up // 100}.{up % 100:02d} {idle // 100}.{idle % 100:02d}\n"


def _loadavg(place: Place) -> str:
    tasks = place.kernel.tasks
    living = sum(not task.dead for task in tasks.values())
    return f"0.00 0.00 0.00 1/{living} {max(tasks)}\n"


def _swaps(place: Place) -> str:
    """One line a device: name, kind, size and use in kB, priority (swap_show)."""
    lines = ["Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n"]
    lines += [
        f"{device.name:<40}partition\t{device.pages * 4}\t{device.inuse * 4}\t{device.priority}\n"
        for device in place.kernel.swap.devices.values()
    ]
    return "".join(lines)


FILES = (
    VFile("/proc/swaps", _swaps),
    VFile("/proc/version", _version),
    VFile("/proc/cmdline", _cmdline),
    VFile("/proc/uptime", _uptime),
    VFile("/proc/loadavg", _loadavg),
    VFile("/proc/sys/kernel/osrelease", lambda place: f"{place.kernel.release}\n"),
    VFile("/proc/sys/kernel/ostype", lambda _place: "Linux\n"),
    VFile("/proc/sys/kernel/hostname", lambda _place: "thpsh\n"),
)
