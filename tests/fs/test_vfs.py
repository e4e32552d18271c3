"""Paths, folders, globs and errors of the emulated files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import host
from thpsh.errors import Errno, KernelError
from thpsh.fs.vfs import Vfs, tree
from thpsh.mm.exit import do_exit
from thpsh.mm.fork import fork

if TYPE_CHECKING:
    from collections.abc import Callable

KNOB = "/sys/kernel/mm/transparent_hugepage/enabled"


def errno(action: Callable[[], object]) -> Errno:
    with pytest.raises(KernelError) as caught:
        action()
    assert caught.value.why
    return caught.value.errno


@pytest.fixture
def files() -> Vfs:
    return Vfs(host().machine)


def test_the_tree_comes_from_the_modules() -> None:
    top = tree()
    assert sorted(top) == ["cgroup", "proc", "sys"]
    proc = top["proc"]
    assert isinstance(proc, dict)
    assert {"meminfo", "vmstat", "zoneinfo", "PID", "sys"} <= set(proc)


def test_folders_are_derived_from_the_files_in_them(files: Vfs) -> None:
    assert files.listdir("/") == ["cgroup", "proc", "sys"]
    assert {"ksm", "transparent_hugepage"} <= set(files.listdir("/sys/kernel/mm"))
    assert files.kind("/proc/sys") == "dir"
    assert files.kind("/proc/meminfo") == "file"
    assert {"maps", "smaps", "status", "stat", "statm", "numa_maps", "pagemap", "clear_refs", "oom_score_adj"} <= set(
        files.listdir("/proc/1")
    )


def test_every_listed_file_can_be_read_or_says_why_not(files: Vfs) -> None:
    def walk(path: str) -> list[str]:
        if files.kind(path) == "file":
            return [path]
        return [found for name in files.listdir(path) for found in walk(f"{path.rstrip('/')}/{name}")]

    paths = walk("/")
    assert len(paths) > 100
    for path in paths:
        if path.endswith(("/memory.force_empty", "/cgroup.event_control")):
            assert errno(lambda path=path: files.read(path)) is Errno.EINVAL, path
        elif path.endswith(("/clear_refs", "/compact_memory", "/compact", "/pagemap", "/kpagecount", "/kpageflags")):
            assert errno(lambda path=path: files.read(path)) in (Errno.EACCES, Errno.EINVAL), path
        elif path.endswith(("/corrupt-pfn", "/unpoison-pfn")):
            assert errno(lambda path=path: files.read(path)) is Errno.EACCES, path
        elif path.endswith("_offline_page"):
            assert errno(lambda path=path: files.read(path)) is Errno.EIO, path
        else:
            text = files.read(path)
            assert text == "" or text[-1] in "\n\0", path


def test_a_missing_file_is_enoent_to_read_and_eacces_to_make(files: Vfs) -> None:
    for path in ("/proc/nothing", "/sys/kernel/nothing", "/proc/1/nothing", "/cgroup/nothing"):
        assert errno(lambda path=path: files.read(path)) is Errno.ENOENT
        assert errno(lambda path=path: files.kind(path)) is Errno.ENOENT
        assert errno(lambda path=path: files.listdir(path)) is Errno.ENOENT
        assert errno(lambda path=path: files.write(path, "x")) is Errno.EACCES
        assert errno(lambda path=path: files.write(path, "x", create=False)) is Errno.ENOENT


def test_outside_of_proc_and_sys_there_is_nothing_and_nothing_can_be_made(files: Vfs) -> None:
    for path in ("/tmp/x", "/etc/passwd", "relative", "", "/dev/null"):
        assert errno(lambda path=path: files.read(path)) is Errno.ENOENT
        assert errno(lambda path=path: files.write(path, "x")) in (Errno.ENOENT, Errno.EACCES)


def test_read_only_files_refuse_writes_and_write_only_ones_reads(files: Vfs) -> None:
    for path in ("/proc/meminfo", "/proc/1/maps", "/proc/version"):
        assert errno(lambda path=path: files.write(path, "1")) is Errno.EACCES
    assert errno(lambda: files.read("/proc/1/clear_refs")) is Errno.EACCES
    assert errno(lambda: files.read("/proc/sys/vm/compact_memory")) is Errno.EACCES


def test_folders_are_no_files_and_files_no_folders(files: Vfs) -> None:
    assert errno(lambda: files.read("/proc/sys")) is Errno.EISDIR
    assert errno(lambda: files.write("/proc/1", "x")) is Errno.EISDIR
    assert errno(lambda: files.listdir("/proc/meminfo")) is Errno.ENOTDIR
    assert errno(lambda: files.read("/proc/meminfo/x")) is Errno.ENOTDIR


def test_paths_may_be_written_in_roundabout_ways(files: Vfs) -> None:
    assert files.read("//proc/./sys/../meminfo") == files.read("/proc/meminfo")
    assert files.listdir("/proc/sys/") == files.listdir("/proc/sys")
    assert files.listdir("/..") == ["cgroup", "proc", "sys"]


def test_hostile_paths_are_just_missing(files: Vfs) -> None:
    for path in (
        "/proc/\0",
        "/proc/" + "a" * 100_000,
        "/" * 5000,
        "/proc/\n",
        "/proc/../../etc/passwd",
        "/proc/PID/maps",
    ):
        assert errno(lambda path=path: files.read(path)) in (Errno.ENOENT, Errno.EISDIR)
    assert errno(lambda: files.read("/sys/devices/system/node/NODE/meminfo")) is Errno.ENOENT


def test_a_process_is_found_by_pid_and_by_name(files: Vfs) -> None:
    pid = next(pid for pid, task in files.machine.kernel.tasks.items() if task.name == "app")
    assert files.read("/proc/app/status") == files.read(f"/proc/{pid}/status")
    assert str(pid) in files.listdir("/proc")
    assert "app" not in files.listdir("/proc")
    assert errno(lambda: files.read("/proc/99999/status")) is Errno.ENOENT
    assert errno(lambda: files.read("/proc/self/status")) is Errno.ENOENT


def test_of_several_processes_with_one_name_the_youngest_alive_answers() -> None:
    app = host()
    files = Vfs(app.machine)
    twin = fork(app.kernel, app.task, "app")
    assert f"Pid:\t{twin.pid}\n" in files.read("/proc/app/status")
    do_exit(app.kernel, twin)
    assert f"Pid:\t{app.task.pid}\n" in files.read("/proc/app/status")


def test_a_process_cannot_hide_a_file() -> None:
    app = host()
    fork(app.kernel, app.task, "meminfo")
    assert Vfs(app.machine).read("/proc/meminfo").startswith("MemTotal:")


def test_globs_match_part_by_part_and_come_sorted(files: Vfs) -> None:
    assert files.glob("/sys/kernel/mm/transparent_hugepage/[de]*") == [
        "/sys/kernel/mm/transparent_hugepage/defrag",
        "/sys/kernel/mm/transparent_hugepage/enabled",
    ]
    assert files.glob("/proc/*info") == [
        "/proc/" + name for name in ("buddyinfo", "meminfo", "pagetypeinfo", "zoneinfo")
    ]
    assert files.glob("/sys/devices/system/node/node?/numastat") == ["/sys/devices/system/node/node0/numastat"]
    assert files.glob("/*/s*") == ["/proc/" + name for name in sorted(_starting(files, "/proc", "s"))]
    assert files.glob("/proc/meminfo/*") == []
    assert files.glob("/proc/[!a-z]") == sorted(f"/proc/{pid}" for pid in files.machine.kernel.tasks if pid < 10)


def _starting(files: Vfs, folder: str, letter: str) -> list[str]:
    return [name for name in files.listdir(folder) if name.startswith(letter)]


def test_a_star_names_every_process_once_and_by_pid(files: Vfs) -> None:
    found = files.glob("/proc/*/smaps")
    assert sorted(found) == sorted(f"/proc/{pid}/smaps" for pid in files.machine.kernel.tasks)
    assert files.glob("/proc/app/s*") == ["/proc/app/" + name for name in ("smaps", "stat", "statm", "status")]
    assert files.glob("/nothing/*") == files.glob("relative*") == []


def test_modes_read_like_ls(files: Vfs) -> None:
    assert files.mode("/proc/meminfo") == "-r--r--r--"
    assert files.mode("/proc/sys/vm/swappiness") == "-rw-r--r--"
    assert files.mode("/proc/1/clear_refs") == "--w-------"
    assert files.mode("/proc/kpageflags") == "-r--------"
    assert files.mode("/proc/1") == "dr-xr-xr-x"
    assert files.mode("/sys/kernel") == "drwxr-xr-x"


def test_a_write_returns_the_bytes_it_used(files: Vfs) -> None:
    assert files.write(KNOB, "madvise\n") == 8
    assert files.write("/proc/sys/vm/min_free_kbytes", "8193 8194") == 5
    assert files.write(KNOB, "neveré") == 7


def test_binary_files_are_not_for_reading_as_text(files: Vfs) -> None:
    for path in ("/proc/kpagecount", "/proc/kpageflags", "/proc/1/pagemap"):
        with pytest.raises(KernelError, match="Invalid argument") as caught:
            files.read(path)
        assert "pagetable" in caught.value.why


def test_bytes_of_a_text_file_are_those_of_its_text(files: Vfs) -> None:
    assert files.read_bytes("/proc/meminfo", 0, 9) == b"MemTotal:"
    assert files.read_bytes("/proc/version", 6, 7) == b"version"
