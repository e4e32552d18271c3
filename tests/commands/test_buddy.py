"""The command buddy."""

import json

from tests.commands.typed import Typed, with_app


def rows(t: Typed) -> list[dict]:
    return json.loads(t("buddy --json"))["rows"]


def test_buddy_agrees_with_buddyinfo():
    t = with_app()
    found = rows(t)
    dma = [int(word) for word in t("grep 'zone *DMA ' /proc/buddyinfo").split()[4:]]
    for order, count in enumerate(dma):
        assert sum(row[str(order)] for row in found if row["ZONE"] == "DMA") == count


def test_zone_dma_is_cut_up_as_captured():
    """Lines `zone DMA` of captures/2G-numa2/pagetypeinfo.txt, without the types that have nothing."""
    lines = [line.split() for line in Typed(memory=2 << 30, nodes=2, cpus=2)("buddy | grep ' DMA '").splitlines()]
    assert lines == [
        ["0", "DMA", "Unmovable", "1", "0", "1", "1", "2", "1", "1", "0", "1", "0", "0"],
        ["0", "DMA", "Movable", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "3"],
        ["0", "DMA", "Reserve", "0", "0", "0", "0", "0", "0", "0", "0", "0", "1", "0"],
    ]


def test_eight_huge_pages_are_four_blocks_of_order_ten():
    t = with_app()
    t("echo never > /sys/kernel/mm/transparent_hugepage/defrag")

    def movable() -> int:
        return sum((row["9"] << 9) + (row["10"] << 10) for row in rows(t) if row["TYPE"] == "Movable")

    before = movable()
    t("touch app buf")
    assert before - movable() == 8 * 512
