"""The command phys."""

import json

from tests.commands.typed import with_app


def test_phys_counts_pageblocks():
    t = with_app()
    t("touch app buf")
    rows = json.loads(t("phys --json"))["rows"]
    assert sum(row["BLOCKS"] for row in rows if row["WHAT"] == "H") == 8
    assert sum(row["BLOCKS"] for row in rows) == 512
    assert "expected DMA, DMA32" in t.fails("phys --zone High", 2)
