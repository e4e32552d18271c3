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


def test_bars_share_out_the_free_memory_of_each_zone():
    t = with_app()
    t("fragment 40; drain")
    found = json.loads(t("buddy --bars --json"))
    free = int(t("grep nr_free_pages /proc/vmstat").split()[1]) * 4
    assert sum(row["FREE kB"] for row in found["rows"]) == free
    for zone in ("DMA", "DMA32"):
        shares = [row["SHARE %"] for row in found["rows"] if row["ZONE"] == zone]
        assert abs(sum(shares) - 100) < 1
    last = max((row for row in found["rows"]), key=lambda row: row["SHARE %"])
    assert last["BAR"].count("#") == -(-last["SHARE %"] * 20 // 100)
    assert " kB free in blocks of 2 MiB and more" in found["notes"][-1]
