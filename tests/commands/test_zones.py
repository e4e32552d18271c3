"""The command zones."""

import json

from tests.commands.typed import Typed, with_app


def rows(t: Typed) -> list[dict]:
    return json.loads(t("zones --json"))["rows"]


def test_zones_show_watermarks():
    found = rows(with_app(memory=2 << 30))
    assert [(row["MIN"], row["LOW"], row["HIGH"]) for row in found] == [(85, 106, 127), (11178, 13972, 16767)]


def test_the_zones_of_two_nodes_are_those_captured():
    """Numbers of captures/2G-numa2/zoneinfo.txt."""
    columns = ("NODE", "ZONE", "PRESENT", "MIN", "LOW", "HIGH", "PROTECTION")
    assert [tuple(row[name] for name in columns) for row in rows(Typed(memory=2 << 30, nodes=2, cpus=2))] == [
        (0, "DMA", 3925, 128, 160, 192, "0 994 994 994"),
        (0, "DMA32", 254520, 8318, 10397, 12477, "0 0 0 0"),
        (1, "DMA32", 258528, 8449, 10561, 12673, "0 0 0 0"),
    ]


def test_pages_in_the_lists_of_a_cpu_are_not_free():
    t = with_app()
    t("echo never > /sys/kernel/mm/transparent_hugepage/enabled; touch app buf")
    before = rows(t)
    held = sum(row["PCP"] for row in before)
    assert held > 0
    t("drain")
    after = rows(t)
    assert sum(row["PCP"] for row in after) == 0
    assert sum(row["FREE"] for row in after) - sum(row["FREE"] for row in before) == held
