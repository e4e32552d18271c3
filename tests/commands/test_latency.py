"""The view of fault times, on the constants of the core commit's machine."""

import json

from tests.commands.typed import Typed, with_app


def test_a_huge_fault_takes_the_time_of_clearing_2_mib():
    t = with_app()
    t("latency --reset; touch app buf 4M")
    row = json.loads(t("latency --json"))["rows"]
    assert [each["fault"] for each in row] == ["huge"]
    assert row[0]["count"] == 2
    assert 720 < row[0]["max"] < 730
    assert row[0]["clear"] == 2 * 512 * 1.416


def test_kinds_are_rows_and_fields_are_columns():
    t = with_app()
    t("latency --reset; madvise app buf nohugepage; touch app buf 1M; fork app child; touch child buf 8K")
    assert t("latency").split("\n")[0].split()[:6] == ["fault", "count", "p50", "p99", "max", "total"]
    assert [line.split()[0] for line in t("latency").splitlines()[1:]] == ["small", "copy"]
    t("expect latency copy count == 2; expect latency small p50 < 3; expect latency small reclaim == 0.0")


def test_without_faults_there_is_nothing_to_show():
    t = with_app()
    assert t("latency --reset; latency") == "no faults yet\n"
    assert t("latency swap") == "no faults of this kind yet\n"


def test_an_unknown_kind_is_refused():
    assert "nice" in with_app().fails("latency nice", 2)


def test_time_spent_making_room_is_part_of_a_fault():
    t = Typed(memory=64 << 20, cpus=1, swap=64 << 20, cmdline="transparent_hugepage=never")
    t("spawn app; echo 1 > /proc/sys/vm/overcommit_memory; mmap app buf 64M; latency --reset; touch app buf")
    row = json.loads(t("latency small --json"))["rows"][0]
    assert row["count"] == 16384
    assert row["p50"] < 3 < row["max"]
    assert 100 * row["clear"] > row["reclaim"] > 100_000  # at least 1,000 pages were written to swap, 100 us each
    assert row["compaction"] == 0
