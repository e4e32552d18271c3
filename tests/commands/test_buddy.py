"""The command buddy."""

import json

from tests.commands.typed import with_app


def test_buddy_agrees_with_buddyinfo():
    t = with_app()
    rows = json.loads(t("buddy --json"))["rows"]
    dma = [int(word) for word in t("grep 'zone *DMA ' /proc/buddyinfo").split()[4:]]
    for order, count in enumerate(dma):
        assert sum(row[str(order)] for row in rows if row["ZONE"] == "DMA") == count
