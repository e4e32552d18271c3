"""Twin of thpsh/fs/cgroup/counters.py. Values from memcg-limit-values."""

import pytest

from tests.mm.groups import PAGE, in_group
from tests.support import K
from thpsh.errors import Errno, KernelError
from thpsh.fs.cgroup.counters import parse_limit, usage
from thpsh.fs.vfs import Vfs
from thpsh.structs.memcg import RES_MAX


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("4M", 4 << 20),
        ("4k", 4096),
        ("1G", 1 << 30),
        ("4097", 8192),
        ("1", 4096),
        ("0", 0),
        ("", 0),
        ("  8M\n", 8 << 20),
        ("-1", RES_MAX),
        ("-001", RES_MAX),
        ("K", 0),
        ("0x10000", 65536),
        ("010000", 4096),
        ("18446744073709551615", 0),
        ("9223372036854775807", 1 << 63),
    ],
)
def test_a_limit_is_rounded_up_to_a_page(text: str, limit: int) -> None:
    assert parse_limit(text) == limit


@pytest.mark.parametrize("text", ["8MB", "8 M", "abc", "-2", "-1K", "-0x1", "- 1", "-", "8E", "1T", "+4M"])
def test_what_is_no_limit_is_einval(text: str) -> None:
    with pytest.raises(KernelError) as caught:
        parse_limit(text)
    assert caught.value.errno is Errno.EINVAL


def test_the_files_show_and_reset_what_was_counted() -> None:
    h, memcg = in_group(limit=40 * PAGE)
    files = Vfs(h.machine)
    h.write(0, 40 * PAGE)
    assert files.read("/cgroup/g/memory.usage_in_bytes") == "163840\n"
    assert files.read("/cgroup/g/memory.failcnt") == "8\n"
    files.write("/cgroup/g/memory.failcnt", "anything")
    assert memcg.res.failcnt == 0
    memcg.res.max_usage = 1 << 20
    files.write("/cgroup/g/memory.max_usage_in_bytes", "")
    assert files.read("/cgroup/g/memory.max_usage_in_bytes") == "163840\n"


def test_the_root_counts_pages_and_is_never_limited() -> None:
    h, _ = in_group()
    root = h.kernel.root_memcg
    before = usage(h.kernel, root, swap=False)
    h.write(0, 64 * K)
    assert usage(h.kernel, root, swap=False) == before
    assert before == (root.stat.rss + root.stat.cache) * PAGE
    with pytest.raises(KernelError) as caught:
        Vfs(h.machine).write("/cgroup/memory.limit_in_bytes", "4M")
    assert caught.value.errno is Errno.EINVAL


def test_limits_of_memory_and_of_memory_and_swap_are_set_apart() -> None:
    h, memcg = in_group()
    files = Vfs(h.machine)
    files.write("/cgroup/g/memory.limit_in_bytes", "1M\n")
    files.write("/cgroup/g/memory.memsw.limit_in_bytes", "2M\n")
    files.write("/cgroup/g/memory.soft_limit_in_bytes", "512K\n")
    assert (memcg.res.limit, memcg.memsw.limit, memcg.res.soft_limit) == (1 << 20, 2 << 20, 512 * K)
