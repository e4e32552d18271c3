"""Ranges that khugepaged collapses in a row come to the state they come to one by one, down to the order of lists."""

import random

import pytest

from tests.commands.typed import Typed
from tests.properties.likeness import differences
from thpsh.machine import Machine
from thpsh.mm.huge_memory import scan
from thpsh.structs.page import MIB

THP = "/sys/kernel/mm/transparent_hugepage"
DAEMON = f"{THP}/khugepaged"
SIZES = ("4K", "2M", "7M", "20M", "41M", "100M")
OFFSETS = ("", "+4K", "+1M", "+2M", "+6M", "+30M", "+64M", "+100M")
OTHERS = (
    "fork {p} p{new}; touch p{new} {at} {size}",
    "fork {p} p{new}; exit p{new}; touch {p} {at} 41M",
    "pin {p} {at} 4K",
    "mlock {p} {at} 64K",
    "madvise {p} {at} {size} dontneed; touch {p} {at} {size}",
    "madvise {p} {at} {size} nohugepage; madvise {p} {at} {size} dontneed",
    "munmap {p} {at} 2M",
    "madvise {p} buf nohugepage; touch {p} {at} {size} --value 3; madvise {p} buf hugepage",
    "drain; fragment 40",
    "touch {p} {at} {size}; drain",
    "snapshot save a",
    "undo",
    "hog 100M --file",
    "swapon 64M; hog 500M; exit hog",
    "echo 8 > /proc/sys/vm/percpu_pagelist_fraction",
    "mbind {p} {at} {size} preferred 0",
    "guest {p} {at} {size}",
)


def script(seed: int) -> list[str]:
    """Lines that fill memory in small pages, spoil some of it, and let khugepaged work."""
    rng = random.Random(seed)
    budget = rng.choice((4096, 20000, 50000, 3000))
    lines = [f"echo never > {THP}/enabled", f"echo {budget} > {DAEMON}/pages_to_scan"]
    born = rng.randint(1, 3)
    for number in range(1, born + 1):
        lines.append(f"spawn p{number}; mmap p{number} buf 200M")
        lines += [f"touch p{number} buf{rng.choice(OFFSETS)} {rng.choice(SIZES[2:])}" for _ in range(rng.randint(1, 2))]
    lines += [f"echo always > {THP}/enabled"]
    for _ in range(rng.randint(4, 14)):
        line = rng.choice(OTHERS) if rng.random() < 0.6 else "tick 10s"
        words = {"p": f"p{rng.randint(1, born)}", "at": f"buf{rng.choice(OFFSETS)}", "size": rng.choice(SIZES)}
        born += "{new}" in line
        lines.append(line.format(**words, new=born))
    return [*lines, "tick 10s", "tick 20s"]


def replay(lines: list[str], spec: dict[str, object]) -> Machine:
    """The machine after these lines, whole after each of them."""
    typed = Typed(**spec)
    for line in lines:
        _, _, err = typed.run(line)
        assert "internal" not in err, (line, err)
    return typed.session.machine


@pytest.mark.parametrize("seed", range(12))
def test_in_a_row_as_one_by_one(seed, monkeypatch):
    rng = random.Random(seed)
    spec = {"memory": rng.choice((640, 1024, 2048)) * MIB, "nodes": rng.choice((1, 1, 2)), "cpus": 2}
    lines = script(seed)
    found = replay(lines, spec)
    monkeypatch.setattr(scan, "collapse_row", lambda *_: 0)
    other = replay(lines, spec)
    assert differences(found.kernel, other.kernel) == []
    assert found.vm_events == other.vm_events
