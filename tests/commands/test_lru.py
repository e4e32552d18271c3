"""The command lru."""

import json

from tests.commands.typed import with_app


def test_touched_pages_wait_and_then_stand_on_the_active_list():
    t = with_app()
    before = sum(row["ACTIVE_ANON"] for row in json.loads(t("drain; lru --json"))["rows"])
    t("touch app buf 4M; drain")
    after = sum(row["ACTIVE_ANON"] for row in json.loads(t("lru --json"))["rows"])
    assert after - before == 1024
    assert "waiting" not in t("lru")


def test_bars_share_out_the_lists_of_each_zone():
    t = with_app()
    t("touch app buf 4M; hog 4M --file; drain")
    rows = json.loads(t("lru --bars --json"))["rows"]
    sizes = {(row["ZONE"], row["LIST"]): row["PAGES"] for row in rows}
    table = json.loads(t("lru --json"))["rows"]
    assert all(sizes[row["ZONE"], name] == row[name] for row in table for name in row if name not in ("NODE", "ZONE"))
    dma32 = {row["LIST"]: row for row in rows if row["ZONE"] == "DMA32"}
    assert 45 < dma32["ACTIVE_ANON"]["SHARE %"] < 55
    assert dma32["ACTIVE_ANON"]["SIZE kB"] == 4 * dma32["ACTIVE_ANON"]["PAGES"]
    assert dma32["UNEVICTABLE"]["BAR"] == "." * 20
