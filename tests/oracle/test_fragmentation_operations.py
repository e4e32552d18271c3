"""Looking at free memory."""

from tests.oracle.cases import replay


def test_free_memory_is_shown_when_nothing_waits_in_the_lists_of_a_cpu():
    run, outcomes = replay("spawn A", "mmap A r 2M", "touch A r 16K write", "munmap A r 2M", "free", "free types")
    kernel = run.machine.kernel
    assert all(pcp.count == 0 for zone in kernel.zones for pcp in zone.pcp)
    assert outcomes[-2].results["value"].startswith("Node 0, zone      DMA ")
    assert outcomes[-1].results["value"].startswith("Page block order: 9\n")


def test_all_memory_is_compacted_or_one_node():
    run, outcomes = replay(
        "spawn A", "hog A r 64M small", "punch A r 64M 2M 4K", "drain", "compact", "compact 0", "compact 3"
    )
    assert [outcome.ret for outcome in outcomes[-3:]] == ["0", "0", "-ENOENT"]
    assert run.machine.vm_events.get("compact_pages_moved") >= 30
