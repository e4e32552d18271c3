"""The command ps."""

import json

from tests.commands.typed import with_app


def test_ps_shows_memory_and_faults_also_as_json():
    t = with_app()
    t("touch app buf")
    assert '"NAME": "app"' in t("ps --json")
    assert "[khugepaged]" in t("ps")


def test_ps_and_expect_say_the_same_state():
    t = with_app()
    t("spawn gone; exit gone; spawn hit")
    t.run("touch hit 0x1000 4K")
    states = {row["NAME"]: row["STATE"] for row in json.loads(t("ps --json"))["rows"]}
    assert (states["app"], states["gone"], states["hit"]) == ("sleeping", "dead", "killed by SIGSEGV")
    for name in ("app", "gone", "hit"):
        assert t(f"expect ps {name} == '{states[name]}'") == "held\n"
