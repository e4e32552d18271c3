"""Twin of thpsh/fs/directories.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import host
from thpsh.errors import Errno, KernelError
from thpsh.fs.directories import group_at, mkdir, rmdir
from thpsh.fs.vfs import Vfs
from thpsh.structs.config import BuildConfig

if TYPE_CHECKING:
    from collections.abc import Callable


def errno(action: Callable[[], object]) -> Errno:
    with pytest.raises(KernelError) as caught:
        action()
    assert caught.value.why
    return caught.value.errno


@pytest.fixture
def files() -> Vfs:
    return Vfs(host().machine)


def test_cgroups_are_folders_that_come_and_go(files: Vfs) -> None:
    memcg = mkdir(files, "/cgroup/a")
    mkdir(files, "/cgroup/a/b/")
    assert [files.kind(path) for path in ("/cgroup/a/b", "/cgroup/a/b/tasks")] == ["dir", "file"]
    assert {"b", "tasks", "memory.stat"} <= set(files.listdir("/cgroup/a"))
    assert "release_agent" in files.listdir("/cgroup")
    assert "release_agent" not in files.listdir("/cgroup/a")
    assert files.glob("/cgroup/*/b") == ["/cgroup/a/b"]
    assert group_at(files, "a") is group_at(files, "/a") is group_at(files, "/cgroup/a") is memcg
    assert errno(lambda: rmdir(files, "/cgroup/a")) is Errno.EBUSY
    rmdir(files, "/cgroup/a/b")
    rmdir(files, "/cgroup/a")
    assert errno(lambda: files.kind("/cgroup/a")) is Errno.ENOENT


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/cgroup/tasks", Errno.EEXIST),
        ("/cgroup/a", Errno.EEXIST),
        ("/cgroup", Errno.EEXIST),
        ("/cgroup/x/y", Errno.ENOENT),
        (f"/cgroup/{'n' * 256}", Errno.ENAMETOOLONG),
        ("/cgroup/tasks/y", Errno.ENOTDIR),
        ("/sys/kernel/mm/x", Errno.EPERM),
        ("/proc/x", Errno.ENOENT),
    ],
)
def test_folders_are_made_only_as_cgroups(files: Vfs, path: str, expected: Errno) -> None:
    mkdir(files, "/cgroup/a")
    assert errno(lambda: mkdir(files, path)) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/cgroup", Errno.EBUSY),
        ("/cgroup/tasks", Errno.ENOTDIR),
        ("/cgroup/x", Errno.ENOENT),
        ("/sys/kernel/mm", Errno.EPERM),
    ],
)
def test_only_cgroups_are_removed(files: Vfs, path: str, expected: Errno) -> None:
    assert errno(lambda: rmdir(files, path)) is expected


def test_a_kernel_without_the_memory_controller_has_no_cgroups() -> None:
    files = Vfs(host(build=BuildConfig(memcg=False)).machine)
    assert files.listdir("/") == ["proc", "sys"]
