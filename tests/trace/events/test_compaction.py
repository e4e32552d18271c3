"""What compaction announces and counts."""

from thpsh.trace.events.compaction import CompactFail, CompactStall, CompactSuccess, MmCompactionMigratepages


def test_a_run_counts_its_batches_and_pages():
    event = MmCompactionMigratepages(0, "DMA32", 9, False, 310, 200, 3, 150000, "complete")
    assert dict(event.counts()) == {
        "compact_blocks_moved": 310, "compact_pages_moved": 200, "compact_pagemigrate_failed": 3,
    }  # fmt: skip


def test_counters_that_do_not_move_are_not_named():
    event = MmCompactionMigratepages(0, "DMA", -1, False, 0, 0, 0, 0, "complete")
    assert dict(event.counts()) == {}


def test_waiting_getting_and_failing_are_one_counter_each():
    events = (CompactStall(9, sync=False), CompactSuccess(9), CompactFail(9, 1))
    assert [dict(event.counts()) for event in events] == [
        {"compact_stall": 1}, {"compact_success": 1}, {"compact_fail": 1},
    ]  # fmt: skip
