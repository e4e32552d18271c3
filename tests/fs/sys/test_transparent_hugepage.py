"""/sys/kernel/mm/transparent_hugepage: values, every kind of write, side effects (kernel-3.0.md §1)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fs.capture import captured, section
from tests.support import M, host
from thpsh.boot import MachineSpec, boot
from thpsh.errors import Errno, KernelError
from thpsh.fs.vfs import Vfs
from thpsh.structs.config import BuildConfig

ROOT = "/sys/kernel/mm/transparent_hugepage"
_KNOBS = ("transparent_hugepage/enabled:", "transparent_hugepage/defrag:", "transparent_hugepage/khugepaged/")
MIN_FREE = "/proc/sys/vm/min_free_kbytes"


def vfs(**spec: Any) -> Vfs:
    return Vfs(boot(MachineSpec(**{"memory": 2048 * M, "cpus": 1, **spec})))


def refused(files: Vfs, name: str, text: str) -> Errno:
    """The errno of a write that must fail and change nothing."""
    before = files.read(f"{ROOT}/{name}")
    with pytest.raises(KernelError) as caught:
        files.write(f"{ROOT}/{name}", text)
    assert caught.value.why
    assert files.read(f"{ROOT}/{name}") == before
    return caught.value.errno


def test_names_and_defaults_are_those_of_the_real_host() -> None:
    files = vfs()
    lines = captured("listings.txt").splitlines()
    real = dict(line.removeprefix("transparent_hugepage/").split(": ", 1) for line in lines if line.startswith(_KNOBS))
    real |= {"enabled": "[always] madvise never", "khugepaged/full_scans": "0"}  # as the recorder found it at boot
    real["khugepaged/scan_sleep_millisecs"] = "10000"
    mine = [*files.listdir(ROOT), *(f"khugepaged/{name}" for name in files.listdir(f"{ROOT}/khugepaged"))]
    assert sorted(mine) == sorted([*real, "khugepaged"])
    assert {name: files.read(f"{ROOT}/{name}").rstrip("\n") for name in real} == real


def test_modes_are_those_of_the_real_host() -> None:
    files = vfs()
    for line in (
        section("listings.txt", "ls -lR /sys/kernel/mm").split("transparent_hugepage/khugepaged:\n")[1].splitlines()
    ):
        if line.startswith("-"):
            assert files.mode(f"{ROOT}/khugepaged/{line.split()[-1]}") == line.split()[0]
    assert files.mode(ROOT) == "drwxr-xr-x"
    assert files.mode(f"{ROOT}/enabled") == "-rw-r--r--"


@pytest.mark.parametrize("name", ["enabled", "defrag"])
@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("always\n", "[always] madvise never"), ("a", "[always] madvise never"), ("alw", "[always] madvise never"),
        ("m", "always [madvise] never"), ("madvise\n\n", "always [madvise] never"), ("n", "always madvise [never]"),
        ("alwaysXYZ", "[always] madvise never"), ("neverland\n", "always madvise [never]"),
        ("always never", "[always] madvise never"), ("never madvise", "always madvise [never]"),
        ("madvise\0x", "always [madvise] never"),
    ],
)  # fmt: skip
def test_a_word_or_the_beginning_of_one_sets_the_mode(name: str, text: str, chosen: str) -> None:
    files = vfs(cmdline="transparent_hugepage=never" if "never" not in chosen else "transparent_hugepage=always")
    assert files.write(f"{ROOT}/{name}", text) == len(text)
    assert files.read(f"{ROOT}/{name}") == f"{chosen}\n"


@pytest.mark.parametrize("name", ["enabled", "defrag"])
@pytest.mark.parametrize(
    "text", ["a\n", "m\n", "n\n", "Always", " always", "[always]", "1", "0", "\n", "foo", "\0", "é"]
)
def test_other_words_are_einval_and_change_nothing(name: str, text: str) -> None:
    assert refused(vfs(), name, text) is Errno.EINVAL


def test_nothing_written_is_success_without_effect() -> None:
    files = vfs()
    for name in ("enabled", "khugepaged/defrag", "khugepaged/max_ptes_none"):
        before = files.read(f"{ROOT}/{name}")
        assert files.write(f"{ROOT}/{name}", "") == 0
        assert files.read(f"{ROOT}/{name}") == before


def test_a_long_write_is_cut_at_4095_bytes() -> None:
    assert vfs().write(f"{ROOT}/enabled", "never" + "x" * 5000) == 4095


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("max_ptes_none", 0, 511), ("pages_to_scan", 1, 4294967295), ("scan_sleep_millisecs", 0, 4294967295),
        ("alloc_sleep_millisecs", 0, 4294967295),
    ],
)  # fmt: skip
def test_numbers_have_limits_and_every_error_is_einval(name: str, low: int, high: int) -> None:
    files = vfs()
    path = f"{ROOT}/khugepaged/{name}"
    for text, value in ((f"{low}", low), (f"{high}\n", high), ("+7", 7), ("0100\n", 100), ("5\0junk", 5)):
        assert files.write(path, text) == len(text)
        assert files.read(path) == f"{value}\n"
    bad = ["-1", "foo", "\n", "0x10", "5 ", "5x", " 7", "1.5", "5\n\n", "+", "++5", "٣", "1_0", "18446744073709551616"]
    for text in [*bad, str(high + 1), "9" * 4000, *([str(low - 1)] if low else [])]:
        assert refused(files, f"khugepaged/{name}", text) is Errno.EINVAL, text


def test_numbers_of_2_6_38_know_no_plus_and_wrap() -> None:
    files = vfs(kernel="2.6.38")
    assert refused(files, "khugepaged/max_ptes_none", "+7") is Errno.EINVAL
    files.write(f"{ROOT}/khugepaged/max_ptes_none", "18446744073709551621\n")
    assert files.read(f"{ROOT}/khugepaged/max_ptes_none") == "5\n"


def test_switches_are_0_and_1_and_an_overflow_is_erange() -> None:
    files = vfs()
    path = f"{ROOT}/khugepaged/defrag"
    for text, value in (("0\n", "0"), ("01", "1"), ("+0", "0"), ("1\n", "1")):
        files.write(path, text)
        assert files.read(path) == f"{value}\n"
    for text in ("2", "-1", "always", "yes", "1x", "10", "1 ", "1 2"):
        assert refused(files, "khugepaged/defrag", text) is Errno.EINVAL
    assert refused(files, "khugepaged/defrag", "18446744073709551616") is Errno.ERANGE
    assert refused(files, "khugepaged/defrag", "99999999999999999999x") is Errno.ERANGE


def test_switches_of_2_6_38_are_words() -> None:
    files = vfs(kernel="2.6.38")
    path = f"{ROOT}/khugepaged/defrag"
    assert files.read(path) == "[yes] no\n"
    for text, shown in (("no\n", "yes [no]"), ("y", "[yes] no"), ("n", "yes [no]"), ("yesterday\n", "[yes] no")):
        files.write(path, text)
        assert files.read(path) == f"{shown}\n"
    for text in ("1\n", "0", "y\n", "Yes"):
        assert refused(files, "khugepaged/defrag", text) is Errno.EINVAL


@pytest.mark.parametrize("name", ["pages_collapsed", "full_scans"])
def test_counters_cannot_be_written_and_wrap_at_32_bits(name: str) -> None:
    app = host()
    files = Vfs(app.machine)
    assert refused(files, f"khugepaged/{name}", "0") is Errno.EACCES
    setattr(app.kernel.khugepaged, name, (1 << 32) + 3)
    assert files.read(f"{ROOT}/khugepaged/{name}") == "3\n"
    assert files.mode(f"{ROOT}/khugepaged/{name}") == "-r--r--r--"


def test_enabling_raises_min_free_kbytes_and_disabling_does_not_lower_it() -> None:
    files = vfs()
    files.write(f"{ROOT}/enabled", "never")
    files.write(MIN_FREE, "1024")
    assert files.read(MIN_FREE) == "1024\n"
    files.write(f"{ROOT}/enabled", "madvise")
    assert files.read(MIN_FREE) == "45056\n"
    files.write(MIN_FREE, "1024")
    files.write(f"{ROOT}/defrag", "always")
    assert files.read(MIN_FREE) == "1024\n"
    files.write(f"{ROOT}/enabled", "always")
    files.write(f"{ROOT}/enabled", "never")
    assert files.read(MIN_FREE) == "45056\n"
    files.write(MIN_FREE, "100000")
    files.write(f"{ROOT}/enabled", "always")
    assert files.read(MIN_FREE) == "100000\n"


def test_enabled_starts_and_stops_the_thread() -> None:
    app = host()
    files = Vfs(app.machine)
    assert app.kernel.khugepaged.running
    files.write(f"{ROOT}/enabled", "never")
    assert not app.kernel.khugepaged.running
    files.write(f"{ROOT}/enabled", "madvise")
    assert app.kernel.khugepaged.running


def test_the_two_naps_wake_the_thread_and_the_other_knobs_do_not() -> None:
    app = host()
    files = Vfs(app.machine)
    for name, text, wakes in (
        ("khugepaged/scan_sleep_millisecs", "5", True),
        ("khugepaged/alloc_sleep_millisecs", "5", True),
        ("khugepaged/pages_to_scan", "5", False),
        ("khugepaged/max_ptes_none", "5", False),
        ("khugepaged/defrag", "0", False),
        ("defrag", "never", False),
    ):
        app.kernel.khugepaged.woken = False
        files.write(f"{ROOT}/{name}", text)
        assert app.kernel.khugepaged.woken is wakes, name


def test_the_folder_needs_the_feature_and_a_cpu_that_can() -> None:
    for spec in ({"pse": False}, {"build": BuildConfig(thp="off")}):
        files = vfs(**spec)
        with pytest.raises(KernelError) as caught:
            files.listdir(ROOT)
        assert caught.value.errno is Errno.ENOENT
    assert "khugepaged" not in vfs(revert=("33",)).listdir(ROOT)


def test_debug_cow_is_only_in_kernels_built_to_debug() -> None:
    assert "debug_cow" not in vfs().listdir(ROOT)
    files = vfs(build=BuildConfig(debug_vm=True))
    assert files.read(f"{ROOT}/debug_cow") == "0\n"
    files.write(f"{ROOT}/debug_cow", "1\n")
    assert files.read(f"{ROOT}/debug_cow") == "1\n"


def test_what_later_kernels_have_is_not_there() -> None:
    files = vfs()
    for name in (
        "use_zero_page",
        "hpage_pmd_size",
        "shmem_enabled",
        "khugepaged/max_ptes_swap",
        "hugepages-64kB/enabled",
    ):
        for action in (files.read, lambda path: files.write(path, "1", create=False)):
            with pytest.raises(KernelError) as caught:
                action(f"{ROOT}/{name}")
            assert caught.value.errno is Errno.ENOENT


def test_a_small_machine_boots_with_everything_off() -> None:
    files = vfs(memory=512 * M, cmdline="transparent_hugepage=always")
    assert files.read(f"{ROOT}/enabled") == files.read(f"{ROOT}/defrag") == "always madvise [never]\n"
    assert files.read(f"{ROOT}/khugepaged/defrag") == "0\n"
    files.write(f"{ROOT}/enabled", "always\n")
    assert files.read(f"{ROOT}/defrag") == "always madvise [never]\n"
