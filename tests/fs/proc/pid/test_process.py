"""What the files of a process have in common."""

from __future__ import annotations

import pytest

from tests.support import M, host
from thpsh.errors import KernelError
from thpsh.fs.proc.pid.process import file_of, header, mm_of, padded, task_of, vma_name
from thpsh.fs.vfile import Place


def test_a_place_without_a_process_has_none() -> None:
    machine = host().machine
    with pytest.raises(KernelError):
        task_of(Place(machine))
    app = host()
    assert mm_of(Place(app.machine, task=app.task)) is app.task.mm


def test_heap_stack_and_vdso_have_names_and_the_rest_none() -> None:
    app = host()
    mm = app.task.mm
    assert mm is not None
    app.map(2 * M)
    assert [vma_name(vma) for vma in mm.vmas[4:]] == ["[heap]", "", "[vdso]", "[stack]"]
    assert [file_of(vma) is None for vma in mm.vmas] == [False] * 4 + [True] * 4


def test_a_header_without_a_name_ends_with_a_blank() -> None:
    assert header(host().map(2 * M)) == "200000000000-200000200000 rw-p 00000000 00:00 0 \n"


def test_names_stand_in_one_column() -> None:
    assert padded("x ", "name").index("name") == 73
    assert padded("x" * 80, "name") == "x" * 80 + " name\n"
