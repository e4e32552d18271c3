"""/proc/PID/numa_maps."""

from __future__ import annotations

import pytest

from tests.fs.capture import section
from tests.fs.proc.pid.recorded import read
from tests.mm.hugetlb.stage import map_huge, pool
from tests.support import START, Host, K, M, host
from thpsh.fs.proc.pid.numa_maps import policy_text
from thpsh.mm.fill import fill
from thpsh.mm.fork import fork
from thpsh.mm.hugetlb.pool import memory_nodes, set_max_huge_pages
from thpsh.mm.ksm.scan import ksm_scan
from thpsh.mm.madvise import madvise
from thpsh.mm.mlock import mlock
from thpsh.mm.mman import Madv
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.shmem import dev_zero
from thpsh.structs.config import BuildConfig
from thpsh.structs.mempolicy import MemPolicy, PolicyMode


def line(app: Host, start: int = START) -> str:
    return next(text for text in read(app, "numa_maps").splitlines() if text.startswith(f"{start:08x} "))


def test_the_words_of_a_fresh_process_are_the_recorded_ones() -> None:
    def kinds(text: str) -> list[list[str]]:
        rows = [row.split() for row in text.splitlines() if not row.startswith("2")]
        return [[row[0], row[1], *(word for word in row[2:3] if word in ("heap", "stack"))] for row in rows]

    real = section("proc-files.txt", "cat /proc/$A/numa_maps").replace("004f4000 default heap", "2")
    assert kinds(read(host(), "numa_maps")) == kinds(real)


def test_pages_are_counted_by_kind_and_node() -> None:
    app = host()
    app.enabled("never")
    app.map(2 * M)
    assert line(app) == "200000000000 default"
    lru_add_drain_all(app.kernel)
    app.write(0, 40 * K)
    assert line(app) == "200000000000 default anon=10 dirty=10 active=0 N0=10"
    lru_add_drain_all(app.kernel)
    assert line(app) == "200000000000 default anon=10 dirty=10 N0=10"
    fork(app.kernel, app.task, "B")
    fork(app.kernel, app.task, "C")
    assert line(app) == "200000000000 default anon=10 dirty=10 mapmax=3 N0=10"


def test_locked_pages_count_as_active() -> None:
    app = host()
    app.enabled("never")
    app.map(2 * M)
    mlock(app.kernel, app.task, START, 16 * K)
    assert line(app) == "200000000000 default anon=4 dirty=4 N0=4"


def test_3_0_sees_nothing_of_huge_pages_and_leaves_them() -> None:
    app = host()
    app.map(2 * M)
    app.write(0, 1)
    assert line(app) == "200000000000 default"
    assert app.slots(2 * M) == "H"


def test_before_it_split_them_and_3_1_counts_them() -> None:
    old, new = host(kernel="2.6.39"), host(kernel="3.1")
    for app in (old, new):
        app.map(2 * M)
        app.write(0, 1)
        lru_add_drain_all(app.kernel)
    assert line(new) == "200000000000 default anon=512 dirty=512 N0=512"
    assert new.slots(2 * M) == "H"
    assert line(old).startswith("200000000000 default anon=512 dirty=512")
    assert old.slots(2 * M) == "F"


@pytest.mark.parametrize(("kernel", "counted"), [("2.6.39", 1), ("3.0", 4)])
def test_merged_pages_were_passed_over_before_3_0(kernel: str, counted: int) -> None:
    app = host(kernel=kernel)
    app.enabled("never")
    app.map(2 * M)
    fill(app.kernel, app.task, START, 16 * K, lambda offset: 7 if offset < 12 * K else 8)
    madvise(app.kernel, app.task, START, 2 * M, Madv.MERGEABLE)
    for _ in range(3):
        ksm_scan(app.kernel, 1000)
    assert app.kernel.ksm.pages_sharing == 2
    assert line(app).endswith(f" N0={counted}")


@pytest.mark.parametrize(("kernel", "word"), [("2.6.38", " huge"), ("2.6.39", " huge"), ("3.0", ""), ("3.1", " huge")])
def test_areas_of_hugetlbfs_are_called_huge_but_by_3_0(kernel: str, word: str) -> None:
    app = host(kernel=kernel)
    set_max_huge_pages(app.kernel, 0, 2, memory_nodes(app.kernel))
    map_huge(app, 2)
    name = "file=/anon_hugepage\\040(deleted)"
    assert line(app) == f"200000000000 default {name}{word}"
    app.write(0, 1)
    assert line(app) == f"200000000000 default {name}{word} anon=1 dirty=1 N0=1"


def test_blanks_in_names_are_octal() -> None:
    app = host()
    file = dev_zero(app.kernel)
    file.name = "/dev/a b=c"
    app.map(2 * M, file=file)
    assert line(app) == "200000000000 default file=/dev/a\\040b\\075c"


def test_policies_are_words() -> None:
    assert policy_text(None) == "default"
    assert policy_text(MemPolicy(PolicyMode.BIND, (0, 1, 3))) == "bind:0-1,3"
    assert policy_text(MemPolicy(PolicyMode.INTERLEAVE, (0,))) == "interleave:0"
    assert policy_text(MemPolicy(PolicyMode.PREFERRED, (1,))) == "prefer:1"
    assert policy_text(MemPolicy(PolicyMode.PREFERRED, ())) == "local"


def test_builds_without_numa_lack_the_file() -> None:
    from thpsh.fs.vfs import Vfs

    assert "numa_maps" not in Vfs(host(build=BuildConfig(numa=False)).machine).listdir("/proc/1")


def test_a_poison_entry_of_hugetlbfs_is_taken_for_a_page_far_below() -> None:
    app = pool(2)
    map_huge(app, 1)
    app.write(0, 4 * K)
    assert line(app).endswith(" anon=1 dirty=1 N0=1")
    madvise(app.kernel, app.task, START, 4 * K, Madv.HWPOISON)
    assert line(app).endswith(" mapped=1 N0=1"), "a frame an eighth as high, which nobody has"
