"""Random sessions that mix pressure, time, cgroups, swap, nodes and kills; the host is checked after each command."""

from __future__ import annotations

import random

import pytest

from tests.commands.typed import Typed
from thpsh.mm.swapon import swapon
from thpsh.structs.page import MIB

THP = "/sys/kernel/mm/transparent_hugepage"
SIZES = ("4K", "64K", "1M", "2M", "5M", "20M", "100M")
OFFSETS = ("", "+4K", "+1M", "+2M", "+7M", "+30M", "+64M", "+100M")
HOST_WIDE = (
    "echo 1 > /proc/sys/vm/compact_memory", "echo 3 > /proc/sys/vm/drop_caches", "drain", "fragment 30",
    "exit fragment", "echo 1 > /sys/kernel/mm/ksm/run", "echo 2 > /sys/kernel/mm/ksm/run",
    f"echo never > {THP}/enabled", f"echo always > {THP}/enabled", f"echo madvise > {THP}/enabled",
    f"echo 0 > {THP}/khugepaged/max_ptes_none", f"echo 511 > {THP}/khugepaged/max_ptes_none",
    f"echo never > {THP}/defrag", f"echo always > {THP}/defrag", "echo 10 > /proc/sys/vm/swappiness", "reap",
)  # fmt: skip


class Script:
    """A machine of 640 MiB, small enough to be short of memory, and up to five processes in and out of two groups."""

    def __init__(self, seed: int, revert: tuple[str, ...] = ()) -> None:
        self.random = random.Random(seed)
        nodes, drained = self.random.choice((1, 1, 2)), self.random.random() < 0.3
        self.typed = Typed(memory=640 * MIB, cpus=2, nodes=nodes, drained=drained, revert=revert)
        self.kernel = self.typed.session.machine.kernel
        self.born = 0
        self.do("echo 1 > /proc/sys/vm/overcommit_memory; mkdir /cgroup/a; mkdir /cgroup/b")
        if self.random.random() < 0.8:
            swapon(self.kernel, self.random.choice((16, 64, 200)) * MIB)
        self.spawn()

    def do(self, line: str) -> None:
        """Type a line; whatever it answers, the host must be whole (the session checks it after every command)."""
        _, _, err = self.typed.run(line)
        assert "internal" not in err, (line, err)
        assert "command not found" not in err, (line, err)

    def living(self) -> list[str]:
        """The names of the processes that can be used."""
        return [task.name for task in self.kernel.tasks.values() if not task.dead and task.name.startswith("p")]

    def someone(self) -> str:
        """One of the living."""
        return self.random.choice(self.living() or ["init"])

    def place(self) -> str:
        """A process and a range of its memory."""
        return f"{self.someone()} buf{self.random.choice(OFFSETS)} {self.random.choice(SIZES)}"

    def spawn(self) -> None:
        self.born += 1
        name = f"p{self.born}"
        group = self.random.choice(("", " --cgroup /a", " --cgroup /b"))
        self.do(f"spawn {name}{group}; mmap {name} buf 400M")

    def step(self) -> None:
        """Do one thing."""
        crowd = len(self.living())
        if (crowd < 5 and self.random.random() < 0.2) or not crowd:
            self.spawn()
            return
        kind = self.random.choice(KINDS)
        self.do(kind(self))


def _fork(script: Script) -> str:
    script.born += 1
    return f"fork {script.someone()} p{script.born}" if len(script.living()) < 5 else "drain"


def _attach(script: Script) -> str:
    name = script.someone()
    pid = next((task.pid for task in script.kernel.tasks.values() if task.name == name and not task.dead), 1)
    return f"echo {pid} > /cgroup/{script.random.choice(('', 'a/', 'b/'))}tasks"


def _limit(script: Script) -> str:
    limit = script.random.choice(("-1", "-1", "2M", "8M", "32M", "100M"))
    return f"echo {limit} > /cgroup/{script.random.choice('ab')}/memory.limit_in_bytes"


def _group_file(script: Script) -> str:
    file, value = script.random.choice((
        ("force_empty", 1), ("move_charge_at_immigrate", 1), ("move_charge_at_immigrate", 0), ("swappiness", 0),
        ("oom_control", 1), ("oom_control", 0), ("use_hierarchy", 1),
    ))  # fmt: skip
    return f"echo {value} > /cgroup/{script.random.choice('ab')}/memory.{file}"


KINDS = (
    *[lambda script: f"touch {script.place()}"] * 8,
    *[lambda script: f"touch {script.someone()} buf"] * 3,
    *[lambda script: f"touch {script.place()} --read"] * 2,
    lambda script: f"touch {script.place()} --random {script.random.choice((1, 50, 500))}",
    *[lambda script: f"madvise {script.place()} {script.random.choice(('hugepage', 'nohugepage', 'mergeable'))}"] * 2,
    *[lambda script: f"madvise {script.place()} dontneed"] * 2,
    lambda script: f"madvise {script.someone()} buf{script.random.choice(OFFSETS)} 4K hwpoison",
    lambda script: f"madvise {script.someone()} buf{script.random.choice(OFFSETS)} 4K soft_offline",
    lambda script: f"munmap {script.place()}",
    lambda script: f"mremap {script.someone()} buf{script.random.choice(OFFSETS)} 4M 6M",
    lambda script: f"mprotect {script.place()} {script.random.choice(('r', 'rw', 'none'))}",
    lambda script: f"{script.random.choice(('mlock', 'munlock'))} {script.someone()} buf+2M 4M",
    lambda script: f"{script.random.choice(('pin', 'unpin'))} {script.someone()} buf+1M 64K",
    _fork,
    lambda script: f"kill {script.someone()}",
    *[_attach] * 2,
    *[_limit] * 2,
    _group_file,
    *[lambda script: f"tick {script.random.choice(('1ms', '10s', '2m'))}"] * 3,
    *[lambda script: script.random.choice(HOST_WIDE)] * 3,
)


@pytest.mark.parametrize(("seed", "steps"), [(1, 60), (3, 60), (105, 90), (114, 90), (142, 90), (145, 90)])
def test_nothing_contradicts_under_pressure(seed, steps):
    """These seeds once found contradictions: pages pinned, poisoned or merged thousands of times."""
    script = Script(seed)
    for _ in range(steps):
        script.step()
