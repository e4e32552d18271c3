"""Pseudo-files and the place they are looked at from."""

import pytest

from tests.support import host
from thpsh.fs.vfile import Place, VFile


def test_a_place_is_on_a_kernel():
    h = host()
    assert Place(h.machine).kernel is h.kernel
    assert Place(h.machine, task=h.task).task is h.task


def test_one_file_shows_what_the_place_is_about():
    h = host()
    comm = VFile("/proc/PID/comm", show=lambda place: f"{place.task.name}\n")
    assert comm.show(Place(h.machine, task=h.task)) == "app\n"


def test_a_file_is_readable_by_all_and_writable_by_none_unless_told():
    file = VFile("/proc/meminfo")
    assert file.mode == 0o444
    assert file.store is None


def test_the_tree_of_files_cannot_change():
    with pytest.raises(AttributeError, match="frozen"):
        VFile("/proc/meminfo").mode = 0o644
