"""Scripts under debug_vm, and the shrinking of those that fail."""

import random

import pytest

from tests.oracle.cases import machine
from thpsh.errors import ModelBug
from thpsh.oracle import calls
from thpsh.oracle.author import Author
from thpsh.oracle.fuzz import run, shrink


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_scripts_leave_the_host_whole(seed):
    assert run(Author(random.Random(seed)).write(100), machine()) is None


def test_what_the_recorder_or_the_kernel_refuses_is_no_finding():
    assert run(["touch A r 4K read", "spawn A", "mmap A r 2M", "munmap A r+1 4K"], machine()) is None


def again(lines):
    return run(lines, machine())


@pytest.fixture
def planted(monkeypatch):
    """A kernel that miscounts total_vm when 1 MiB or more is unmapped."""
    real = calls.munmap

    def munmap(kernel, task, start, length):
        real(kernel, task, start, length)
        if length >= 256 << 12:
            kernel.own(task.mm)
            task.mm.total_vm += 1

    monkeypatch.setattr(calls, "munmap", munmap)


@pytest.mark.usefixtures("planted")
def test_a_planted_bug_is_found_and_shrunk_to_a_few_operations_of_the_smallest_size():
    dice = random.Random(1)
    found = next(filter(None, (run(Author(dice).write(100), machine()) for _ in range(10))))
    assert found.kind == "ModelBug"
    smallest = shrink(found, again)
    assert len(smallest.lines) <= 4
    assert smallest.lines[0].startswith("spawn ")
    assert smallest.lines[-1].startswith("munmap ")
    assert smallest.lines[-1].split()[-1] in ("1024K", "1M")
    assert run(smallest.lines, machine()).problem == smallest.problem


def test_an_error_of_python_is_a_finding_too(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(calls, "munmap", broken)
    found = run(["spawn A", "mmap A r 2M", "munmap A r 2M", "exit A"], machine())
    assert found.lines == ("spawn A", "mmap A r 2M", "munmap A r 2M")
    assert found.problem == "ZeroDivisionError: planted"
    assert shrink(found, again).lines == ("spawn A", "mmap A r 4K", "munmap A r 4K")


def test_a_contradiction_of_the_model_is_told_in_its_words(monkeypatch):
    def broken(*_):
        raise ModelBug("planted")

    monkeypatch.setattr(calls, "munmap", broken)
    assert run(["spawn A", "mmap A r 2M", "munmap A r 2M"], machine()).problem == "planted"
