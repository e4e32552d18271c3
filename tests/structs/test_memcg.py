"""Memory cgroups before anything is charged."""

from thpsh.structs.memcg import CHARGE_BATCH, RES_MAX, MemCgroup


def test_paths_below_the_mount_point():
    root = MemCgroup("")
    a = MemCgroup("a", root)
    b = MemCgroup("b", a)
    assert [group.path for group in (root, a, b)] == ["/", "/a", "/a/b"]


def test_no_limit_reads_as_the_largest_long():
    # memory.limit_in_bytes of 3.0 prints RESOURCE_MAX as it is.
    assert str(MemCgroup("a").res.limit) == "9223372036854775807"
    assert MemCgroup("a").memsw.soft_limit == RES_MAX


def test_groups_count_for_themselves():
    a, b = MemCgroup("a"), MemCgroup("b")
    a.stat.rss += CHARGE_BATCH
    a.res.usage += CHARGE_BATCH << 12
    assert (b.stat.rss, b.res.usage) == (0, 0)
    assert a.res.usage == 128 << 10  # a batch is 32 pages: 128 KiB


def test_memory_and_memory_with_swap_are_two_counters():
    group = MemCgroup("a")
    group.memsw.usage = 1
    assert group.res.usage == 0
