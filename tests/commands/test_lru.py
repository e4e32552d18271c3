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
